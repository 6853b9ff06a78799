# An application on one server and its database beside it, on this machine.

data "host_zones" "all" {}

locals {
  zones = data.host_zones.all.names
}

module "database" {
  source = "../../parts/host-database"

  name     = var.name
  zone     = local.zones[0]
  standby  = false
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
  places      = { "1" = local.zones[0] }
}

output "url" {
  value = module.servers.servers[0].url
}

output "servers" {
  value = module.servers.servers
}

output "database_url" {
  value     = module.database.url
  sensitive = true
}
