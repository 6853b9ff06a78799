# An application and its database on one server, on AWS. It can be used by itself, also from Terraform.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

locals {
  server_port  = 8080
  database_url = "postgres://${var.database.user}:${urlencode(var.database_password)}@127.0.0.1:5432/${var.database.name}?sslmode=disable"
}

module "network" {
  source = "../../parts/aws-network"

  name  = var.name
  zones = 1
}

module "servers" {
  source = "../../parts/aws-servers"

  name        = var.name
  application = var.application
  command     = var.command
  environment = merge(var.environment, { DATABASE_URL = local.database_url })
  release     = var.release
  workers     = var.workers
  size        = var.size
  port        = local.server_port
  health_path = var.health_path
  vpc_id      = module.network.vpc_id
  places      = { "1" = module.network.public_subnets[0] }
  open_to     = []

  own_database = {
    name       = var.database.name
    user       = var.database.user
    password   = var.database_password
    parameters = var.database.parameters
  }
}

output "url" {
  value = module.servers.servers[0].url
}

output "servers" {
  value = module.servers.servers
}

output "database_url" {
  value     = local.database_url
  sensitive = true
}
