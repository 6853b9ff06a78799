# An application on servers in several zones behind a load balancer, in four environments that differ only where their files say so.
#
#   terrace init
#   terrace apply                                                local, on this machine
#   terrace workspace new staging
#   terrace apply -var-file=environments/staging.tfvars

variable "environment" {
  description = "local, development, staging or production"
  type        = string
  default     = "local"
}

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

variable "servers" {
  description = "How many"
  type        = number
  default     = 2
}

variable "zones" {
  description = "Over how many zones"
  type        = number
  default     = 2
}

variable "workers" {
  description = "Processes on each server"
  type        = number
  default     = 1
}

variable "size" {
  description = "How large a server is"
  type        = string
  default     = "small"
}

provider "aws" {
  region = var.region
}

module "web" {
  source = "../../modules/load-balanced"

  platform    = var.platform
  name        = "web-${var.environment}"
  release     = var.release
  application = "${path.module}/../application"
  command     = ["python3", "main.py"]
  environment = { GREETING = "Hello, ${var.environment}," }
  servers     = var.servers
  zones       = var.zones
  workers     = var.workers
  size        = var.size
}

output "url" {
  description = "Every server answers in turn"
  value       = module.web.url
}

output "servers" {
  description = "Where they are"
  value       = module.web.servers
}
