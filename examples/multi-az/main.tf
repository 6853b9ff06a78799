# Servers in three zones behind a load balancer, and a database with a standby in another zone.
#
#   terrace init
#   terrace apply
#   terrace host zone stop a        the other zones serve, and the standby becomes the database

variable "platform" {
  description = "host or aws"
  type        = string
  default     = "host"
}

variable "region" {
  description = "Where on AWS"
  type        = string
  default     = "eu-central-1"
}

variable "release" {
  description = "Which version of the application"
  type        = string
  default     = "1.0"
}

variable "servers_per_zone" {
  description = "Servers in each of the three zones"
  type        = number
  default     = 1
}

variable "workers" {
  description = "Processes on each server"
  type        = number
  default     = 1
}

provider "aws" {
  region = var.region
}

resource "random_password" "database" {
  length  = 24
  special = false
}

module "visits" {
  source = "../../modules/multi-az"

  platform          = var.platform
  name              = "visits"
  release           = var.release
  application       = "${path.module}/../application"
  command           = ["python3", "main.py"]
  servers_per_zone  = var.servers_per_zone
  workers           = var.workers
  database_password = random_password.database.result
}

output "url" {
  description = "Every zone answers in turn"
  value       = module.visits.url
}

output "servers" {
  description = "Where they are"
  value       = module.visits.servers
}

output "database_url" {
  description = "For psql: terrace output -raw database_url"
  value       = module.visits.database_url
  sensitive   = true
}
