# What is legal and seldom written.

variable "has_ipv6" {
  type    = bool
  default = true
}

resource "aws_default_vpc" "this" {
  tags = { Name = "default" }
}

resource "aws_default_subnet" "this" {
  for_each                = toset(["us-east-1a", "us-east-1b"])
  availability_zone       = each.key
  map_public_ip_on_launch = each.key == "us-east-1a"
  tags                    = { Name = "default-${each.key}" }
}

resource "aws_vpc" "this" {
  cidr_block                       = "10.80.0.0/16"
  assign_generated_ipv6_cidr_block = var.has_ipv6
}

resource "aws_subnet" "this" {
  count      = 2
  vpc_id     = aws_vpc.this.id
  cidr_block = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
}

# One table is the main one and that of a subnet besides.
resource "aws_route_table" "this" {
  count  = 2
  vpc_id = aws_vpc.this.id
}

resource "aws_main_route_table_association" "this" {
  vpc_id         = aws_vpc.this.id
  route_table_id = aws_route_table.this[0].id
}

resource "aws_route_table_association" "this" {
  count          = 2
  route_table_id = aws_route_table.this[count.index].id
  subnet_id      = aws_subnet.this[count.index].id
}

# In the default VPC, closed to the outside; a protocol's number stands for its name.
resource "aws_security_group" "this" {
  name = "corners"

  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "6"
    cidr_blocks = ["10.0.0.0/8"]
  }
}

# A router.
resource "aws_instance" "this" {
  ami               = "ami-1e749f67"
  instance_type     = "t3.micro"
  subnet_id         = aws_subnet.this[0].id
  source_dest_check = false
}

# Credits of servers that know none are kept and not sent.
resource "aws_launch_template" "this" {
  name          = "corners"
  instance_type = "c5.large"

  credit_specification {
    cpu_credits = "standard"
  }
}

resource "aws_lb" "this" {
  name     = "corners"
  internal = true
  subnets  = [for subnet in aws_default_subnet.this : subnet.id]
}

# It speaks HTTP, since nothing else is said.
resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "204"
    }
  }
}
