# A first stack that needs no account: three servers with generated names, and a file that lists them.

variable "servers" {
  description = "How many servers"
  type        = number
  default     = 3

  validation {
    condition     = var.servers >= 1 && var.servers <= 50
    error_message = "Between 1 and 50 servers, please."
  }
}

variable "image" {
  description = "What the servers run; a new image is a new server"
  type        = string
  default     = "web-1.0"
}

locals {
  zones = ["a", "b", "c"]
}

resource "random_pet" "name" {
  count = var.servers

  keepers = {
    image = var.image
  }
}

resource "terraform_data" "server" {
  count = var.servers

  input = {
    name = random_pet.name[count.index].id
    zone = local.zones[count.index % length(local.zones)]
  }
  triggers_replace = var.image

  lifecycle {
    create_before_destroy = true
  }
}

resource "local_file" "inventory" {
  filename        = "${path.module}/inventory.json"
  file_permission = "0644"
  content         = jsonencode({ for server in terraform_data.server : server.output.name => server.output.zone })
}

output "servers" {
  description = "Server names by zone"
  value       = { for server in terraform_data.server : server.output.zone => server.output.name... }
}
