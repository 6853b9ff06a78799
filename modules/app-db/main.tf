# An application on one server and its database beside it, on this machine or on AWS.

variable "platform" {
  description = "host: this machine. aws: where the provider block says"
  type        = string
  default     = "host"

  validation {
    condition     = contains(["host", "aws"], var.platform)
    error_message = "A platform is host or aws."
  }
}

module "host" {
  source = "./host"
  count  = var.platform == "host" ? 1 : 0

  name              = var.name
  release           = var.release
  application       = var.application
  command           = var.command
  environment       = var.environment
  health_path       = var.health_path
  workers           = var.workers
  size              = var.size
  database          = var.database
  database_password = var.database_password
}

module "aws" {
  source = "./aws"
  count  = var.platform == "aws" ? 1 : 0

  name              = var.name
  release           = var.release
  application       = var.application
  command           = var.command
  environment       = var.environment
  health_path       = var.health_path
  workers           = var.workers
  size              = var.size
  database          = var.database
  database_password = var.database_password
}

output "url" {
  description = "Where the application answers"
  value       = one(concat(module.host[*].url, module.aws[*].url))
}

output "servers" {
  description = "Name, zone and own URL of each server"
  value       = one(concat(module.host[*].servers, module.aws[*].servers))
}

output "database_url" {
  description = "Where the application finds its database"
  value       = one(concat(module.host[*].database_url, module.aws[*].database_url))
  sensitive   = true
}
