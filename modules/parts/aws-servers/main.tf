# Servers that run one application: its files, its settings and a service for each worker come with the first boot.

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

variable "application" {
  type = string
}

variable "command" {
  type = list(string)
}

variable "environment" {
  type = map(string)
}

variable "release" {
  type = string
}

variable "workers" {
  type = number
}

variable "size" {
  type = string
}

variable "port" {
  description = "Where the application answers on each server; its workers share it"
  type        = number
}

variable "health_path" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "places" {
  description = "The subnet of each server, by a name for it"
  type        = map(string)
}

variable "open_to" {
  description = "The security group that may ask; everybody where there is none"
  type        = list(string)
}

variable "own_database" {
  description = "A database on each server itself; nothing for none"
  type        = object({ name = string, user = string, password = string, parameters = map(string) })
  sensitive   = true
  default     = null
}

locals {
  instance_type = { small = "t3.small", medium = "t3.large", large = "m6i.2xlarge" }[var.size]

  files = {
    for file in fileset(var.application, "**") : file => filebase64("${var.application}/${file}")
    if !strcontains(file, "__pycache__")
  }

  # A server reads this once. It may have 16 KiB, compressed.
  boot = {
    for name in keys(var.places) : name => base64gzip(templatefile("${path.module}/boot.sh.tftpl", {
      name         = "${var.name}-${name}"
      files        = local.files
      command      = var.command
      environment  = merge(var.environment, { VERSION = var.release })
      workers      = var.workers
      port         = var.port
      health_path  = var.health_path
      own_database = var.own_database
    }))
  }
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-x86_64"]
  }
}


resource "aws_security_group" "servers" {
  name_prefix = "${var.name}-servers-"
  description = "Servers of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-servers" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  for_each = { for index, group in var.open_to : tostring(index) => group }

  security_group_id            = aws_security_group.servers.id
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_vpc_security_group_ingress_rule" "from_everybody" {
  count = length(var.open_to) == 0 ? 1 : 0

  security_group_id = aws_security_group.servers.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = var.port
  to_port           = var.port
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.servers.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_instance" "application" {
  for_each = var.places

  ami                         = data.aws_ami.linux.id
  instance_type               = local.instance_type
  subnet_id                   = each.value
  vpc_security_group_ids      = [aws_security_group.servers.id]
  user_data_base64            = local.boot[each.key]
  user_data_replace_on_change = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
    encrypted   = true
  }

  tags = { Name = "${var.name}-${each.key}" }

  lifecycle {
    create_before_destroy = true
    # A newer image is for the next server, not a reason for one.
    ignore_changes = [ami]
  }
}

output "ids" {
  value = { for name, server in aws_instance.application : name => server.id }
}

output "security_group" {
  value = aws_security_group.servers.id
}

output "servers" {
  value = [
    for name, server in aws_instance.application : {
      name = "${var.name}-${name}"
      zone = server.availability_zone
      url  = "http://${server.public_ip}:${var.port}"
    }
  ]
}
