# A PostgreSQL database of RDS, with a standby in another zone where one is wanted.

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

variable "database" {
  type = object({ name = string, user = string, storage_gb = number, backup_days = number, parameters = map(string) })
}

variable "password" {
  type      = string
  sensitive = true
}

variable "size" {
  type = string
}

variable "standby" {
  type = bool
}

variable "vpc_id" {
  type = string
}

variable "subnets" {
  type = list(string)
}

variable "clients" {
  description = "The security group whose members may connect"
  type        = string
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_db_parameter_group" "this" {
  name   = "${var.name}-postgres16"
  family = "postgres16"

  dynamic "parameter" {
    for_each = var.database.parameters

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }
}

resource "aws_security_group" "database" {
  name_prefix = "${var.name}-database-"
  description = "Database of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-database" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "from_servers" {
  security_group_id            = aws_security_group.database.id
  referenced_security_group_id = var.clients
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_instance" "this" {
  identifier             = var.name
  engine                 = "postgres"
  engine_version         = "16"
  instance_class         = { small = "db.t4g.micro", medium = "db.t4g.large", large = "db.m6g.2xlarge" }[var.size]
  allocated_storage      = var.database.storage_gb
  storage_type           = "gp3"
  storage_encrypted      = true
  db_name                = var.database.name
  username               = var.database.user
  password               = var.password
  multi_az               = var.standby
  db_subnet_group_name   = aws_db_subnet_group.this.name
  parameter_group_name   = aws_db_parameter_group.this.name
  vpc_security_group_ids = [aws_security_group.database.id]

  backup_retention_period = var.database.backup_days
  copy_tags_to_snapshot   = true
  # Snapshots outlive the stack, so another life of it needs another name.
  final_snapshot_identifier = "${var.name}-final-${substr(sha256(var.vpc_id), 0, 8)}"
  skip_final_snapshot       = var.database.backup_days == 0

  tags = { Name = var.name }
}

output "address" {
  value = aws_db_instance.this.address
}

output "port" {
  value = aws_db_instance.this.port
}
