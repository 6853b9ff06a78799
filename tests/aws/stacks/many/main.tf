variable "groups" {
  type    = number
  default = 2
}

variable "rules" {
  type    = number
  default = 2
}

variable "servers" {
  type    = number
  default = 2
}

variable "is_balanced" {
  type    = bool
  default = true
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "group" {
  count       = var.groups
  name        = "group-${count.index}"
  description = "group ${count.index}"
  vpc_id      = aws_vpc.this.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
  tags = { Name = "group-${count.index}" }
}

# A group takes sixty rules.
resource "aws_security_group" "servers" {
  count  = max(1, ceil(var.rules / 50))
  name   = "servers-${count.index}"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "rule" {
  count             = var.rules
  security_group_id = aws_security_group.servers[floor(count.index / 50)].id
  cidr_ipv4         = "10.0.0.0/8"
  from_port         = 1000 + count.index
  to_port           = 1000 + count.index
  ip_protocol       = "tcp"
}

data "aws_ami" "base" {
  most_recent = true
  owners      = ["099720109477"]
  filter {
    name   = "name"
    values = ["ubuntu/images/hvm-ssd/ubuntu-*"]
  }
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 4, count.index)
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}

resource "aws_instance" "this" {
  count                  = var.servers
  ami                    = data.aws_ami.base.id
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.this[count.index % 2].id
  vpc_security_group_ids = [aws_security_group.servers[0].id]
  tags                   = { Name = "server-${count.index}" }
}

resource "aws_lb_target_group" "this" {
  count    = var.is_balanced ? 1 : 0
  name     = "servers"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.this.id
}

resource "aws_lb_target_group_attachment" "this" {
  count            = var.is_balanced ? var.servers : 0
  target_group_arn = aws_lb_target_group.this[0].arn
  target_id        = aws_instance.this[count.index].id
}
