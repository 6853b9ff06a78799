# Servers behind a load balancer, on AWS. It can be used by itself, also from Terraform.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

locals {
  server_port = 8080
}

module "network" {
  source = "../../parts/aws-network"

  name  = var.name
  zones = var.zones
}

module "servers" {
  source = "../../parts/aws-servers"

  name        = var.name
  application = var.application
  command     = var.command
  environment = var.environment
  release     = var.release
  workers     = var.workers
  size        = var.size
  port        = local.server_port
  health_path = var.health_path
  vpc_id      = module.network.vpc_id
  places = {
    for index in range(var.servers) : tostring(index + 1) => module.network.public_subnets[index % var.zones]
  }
  open_to = [module.balancer.security_group]
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
