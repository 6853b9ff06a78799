# Servers in every zone behind a load balancer, and a database with a standby in another zone, on AWS. It can be used by itself, also from Terraform.

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
  places = merge([
    for index, subnet in module.network.public_subnets : {
      for number in range(var.servers_per_zone) : "${substr("abc", index, 1)}${number + 1}" => subnet
    }
  ]...)
}

module "network" {
  source = "../../parts/aws-network"

  name  = var.name
  zones = var.zones
}

module "database" {
  source = "../../parts/aws-database"

  name     = var.name
  database = var.database
  password = var.database_password
  size     = var.size
  standby  = true
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
  places      = local.places
  open_to     = [module.balancer.security_group]
}

module "balancer" {
  source = "../../parts/aws-balancer"

  name          = var.name
  port          = coalesce(var.port, 80)
  target_port   = local.server_port
  health_path   = var.health_path
  drain_seconds = var.drain_seconds
  vpc_id        = module.network.vpc_id
  subnets       = module.network.public_subnets
  servers       = module.servers.ids
}

output "url" {
  value = module.balancer.url
}

output "servers" {
  value = module.servers.servers
}

output "database_url" {
  value     = local.database_url
  sensitive = true
}
