# Servers behind a load balancer, on this machine.

data "host_zones" "all" {}

locals {
  zones = slice(data.host_zones.all.names, 0, var.zones)
  places = {
    for index in range(var.servers) : tostring(index + 1) => local.zones[index % var.zones]
  }
}

module "servers" {
  source = "../../parts/host-servers"

  name        = var.name
  application = var.application
  command     = var.command
  environment = var.environment
  release     = var.release
  workers     = var.workers
  health_path = var.health_path
  places      = local.places
}

module "balancer" {
  source = "../../parts/host-balancer"

  name          = var.name
  port          = var.port
  health_path   = var.health_path
  drain_seconds = var.drain_seconds
  servers       = module.servers.ids
}

output "url" {
  value = module.balancer.url
}

output "servers" {
  value = module.servers.servers
}
