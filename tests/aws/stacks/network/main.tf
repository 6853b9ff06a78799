# A network as people build it with the public VPC module: three kinds of subnets in each zone, one NAT gateway, what a VPC has by
# itself taken over, network ACLs of their own, and a log of what flows.

locals {
  zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  cidr  = "10.60.0.0/16"

  # Databases are spoken to from inside only.
  database_inbound = [
    { number = 100, protocol = "tcp", from = 5432, to = 5432 },
    { number = 110, protocol = "tcp", from = 3306, to = 3306 },
    { number = 900, protocol = "-1", from = 0, to = 0 },
  ]
}

resource "aws_vpc" "this" {
  cidr_block           = local.cidr
  enable_dns_hostnames = true
  tags                 = { Name = "network" }
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.61.0.0/16"
}

resource "aws_subnet" "public" {
  count                   = length(local.zones)
  vpc_id                  = aws_vpc.this.id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(local.cidr, 8, count.index)
  map_public_ip_on_launch = true
  tags                    = { Name = "public-${local.zones[count.index]}" }
}

resource "aws_subnet" "private" {
  count             = length(local.zones)
  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(local.cidr, 8, count.index + 10)
  tags              = { Name = "private-${local.zones[count.index]}" }
}

resource "aws_subnet" "database" {
  count             = length(local.zones)
  vpc_id            = aws_vpc_ipv4_cidr_block_association.more.vpc_id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(aws_vpc_ipv4_cidr_block_association.more.cidr_block, 8, count.index)
  tags              = { Name = "database-${local.zones[count.index]}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_eip" "nat" {
  domain     = "vpc"
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "private" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count          = length(local.zones)
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table_association" "private" {
  count          = length(local.zones)
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_route_table_association" "database" {
  count          = length(local.zones)
  subnet_id      = aws_subnet.database[count.index].id
  route_table_id = aws_route_table.private.id
}

# What the VPC has by itself: closed, and named.

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }

  tags = { Name = "network-default" }
}

resource "aws_default_route_table" "this" {
  default_route_table_id = aws_vpc.this.default_route_table_id
  route                  = []
  tags                   = { Name = "network-default" }

  timeouts {
    create = "5m"
    update = "5m"
  }
}

resource "aws_default_network_acl" "this" {
  default_network_acl_id = aws_vpc.this.default_network_acl_id
  subnet_ids             = null

  ingress {
    action     = "allow"
    rule_no    = 100
    from_port  = 0
    to_port    = 0
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
  }

  egress {
    action     = "allow"
    rule_no    = 100
    from_port  = 0
    to_port    = 0
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
  }

  tags = { Name = "network-default" }

  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

# Rules on their own for the databases, inside the ACL for the public subnets.

resource "aws_network_acl" "database" {
  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.database[*].id
}

resource "aws_network_acl_rule" "database_inbound" {
  count          = length(local.database_inbound)
  network_acl_id = aws_network_acl.database.id
  egress         = false
  rule_number    = local.database_inbound[count.index].number
  rule_action    = "allow"
  from_port      = local.database_inbound[count.index].from
  to_port        = local.database_inbound[count.index].to
  protocol       = local.database_inbound[count.index].protocol
  cidr_block     = local.cidr
}

resource "aws_network_acl_rule" "database_outbound" {
  network_acl_id = aws_network_acl.database.id
  egress         = true
  rule_number    = 100
  rule_action    = "allow"
  from_port      = 0
  to_port        = 0
  protocol       = "-1"
  cidr_block     = "0.0.0.0/0"
}

resource "aws_network_acl" "public" {
  vpc_id     = aws_vpc.this.id
  subnet_ids = aws_subnet.public[*].id

  ingress {
    action     = "allow"
    rule_no    = 100
    from_port  = 443
    to_port    = 443
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
  }

  egress {
    action     = "allow"
    rule_no    = 100
    from_port  = 0
    to_port    = 0
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
  }
}

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "REJECT"
  log_destination = "arn:aws:logs:us-east-1:123456789012:log-group:network"
  iam_role_arn    = "arn:aws:iam::123456789012:role/network-flow-log"
  tags            = { Name = "network" }
}

output "subnets" {
  value = {
    public   = aws_subnet.public[*].id
    private  = aws_subnet.private[*].id
    database = aws_subnet.database[*].id
  }
}
