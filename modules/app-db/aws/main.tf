# An application on one server and its database beside it, on AWS. It can be used by itself, also from Terraform.

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
  database_url = "postgres://${var.database.user}:${urlencode(var.database_password)}@${module.database.address}:${module.database.port}/${var.database.name}?sslmode=require"
}

# A database of RDS wants two zones to choose from, also where it is in one.
module "network" {
  source = "../../parts/aws-network"

  name  = var.name
  zones = 2
}

module "database" {
  source = "../../parts/aws-database"

  name     = var.name
  database = var.database
  password = var.database_password
  size     = var.size
  standby  = false
  vpc_id   = module.network.vpc_id
  subnets  = module.network.private_subnets
  clients  = module.servers.security_group
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
