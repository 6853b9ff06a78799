# Servers that run one application, from an image of its directory.

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

variable "health_path" {
  type = string
}

variable "places" {
  description = "The zone of each server, by a name for it"
  type        = map(string)
}

resource "host_image" "application" {
  source = var.application
}

resource "host_server" "application" {
  for_each = var.places

  name         = "${var.name}-${each.key}"
  zone         = each.value
  image        = host_image.application.id
  command      = var.command
  environment  = merge(var.environment, { VERSION = var.release })
  workers      = var.workers
  health_check = { path = var.health_path }

  lifecycle {
    create_before_destroy = true
  }
}

output "ids" {
  value = { for name, server in host_server.application : name => server.id }
}

output "servers" {
  value = [for name, server in host_server.application : { name = server.name, zone = server.zone, url = server.url }]
}
