# An application on one server, and its database beside it.
#
#   terrace init
#   terrace apply

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

variable "workers" {
  description = "Processes on each server"
  type        = number
  default     = 2
}

variable "work_mem" {
  description = "Memory of one sort in the database"
  type        = string
  default     = "8MB"
}

provider "aws" {
  region = var.region
}

resource "random_password" "database" {
  length  = 24
  special = false
}

module "visits" {
  source = "../../modules/app-db"

  platform          = var.platform
  name              = "visits"
  release           = var.release
  application       = "${path.module}/../application"
  command           = ["python3", "main.py"]
  workers           = var.workers
  database          = { parameters = { work_mem = var.work_mem } }
  database_password = random_password.database.result
}

output "url" {
  description = "The application"
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
