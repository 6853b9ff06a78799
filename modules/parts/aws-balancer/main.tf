# An application load balancer before servers.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "name" {
  type = string
}

variable "port" {
  description = "Where it listens"
  type        = number
}

variable "target_port" {
  description = "Where the servers listen"
  type        = number
}

variable "health_path" {
  type = string
}

variable "drain_seconds" {
  type = number
}

variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "servers" {
  description = "Ids of the servers, by name"
  type        = map(string)
}

resource "aws_security_group" "balancer" {
  name_prefix = "${var.name}-balancer-"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-balancer" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "in" {
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.balancer.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_lb" "this" {
  name               = var.name
  load_balancer_type = "application"
  subnets            = var.subnets
  security_groups    = [aws_security_group.balancer.id]

  drop_invalid_header_fields = true

  tags = { Name = var.name }
}

resource "aws_lb_target_group" "this" {
  name                 = var.name
  port                 = var.target_port
  protocol             = "HTTP"
  vpc_id               = var.vpc_id
  deregistration_delay = var.drain_seconds

  health_check {
    path                = var.health_path
    matcher             = "200"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  tags = { Name = var.name }
}

resource "aws_lb_target_group_attachment" "this" {
  for_each = var.servers

  target_group_arn = aws_lb_target_group.this.arn
  target_id        = each.value
  port             = var.target_port

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "this" {
  load_balancer_arn = aws_lb.this.arn
  port              = var.port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

output "url" {
  value = "http://${aws_lb.this.dns_name}${var.port == 80 ? "" : ":${var.port}"}"
}

output "security_group" {
  value = aws_security_group.balancer.id
}
