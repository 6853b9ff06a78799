# Servers in every zone behind a load balancer, and a database with a standby in another zone, on this machine.

data "host_zones" "all" {}

locals {
  zones = slice(data.host_zones.all.names, 0, var.zones)
  places = merge([
    for zone in local.zones : { for number in range(var.servers_per_zone) : "${zone}${number + 1}" => zone }
  ]...)
}

module "database" {
  source = "../../parts/host-database"

  name     = var.name
  zone     = local.zones[0]
  standby  = true
  database = var.database
  password = var.database_password
}

module "servers" {
  source = "../../parts/host-servers"

  name        = var.name
  application = var.application
  command     = var.command
  environment = merge(var.environment, { DATABASE_URL = module.database.url })
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

output "database_url" {
  value     = module.database.url
  sensitive = true
}
