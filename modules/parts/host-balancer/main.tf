# A load balancer before servers; a server takes requests once it is seen healthy.

variable "name" {
  type = string
}

variable "port" {
  type = number
}

variable "health_path" {
  type = string
}

variable "drain_seconds" {
  type = number
}

variable "servers" {
  description = "Ids of the servers, by name"
  type        = map(string)
}

resource "host_load_balancer" "this" {
  name = var.name
}

resource "host_target_group" "this" {
  name                 = var.name
  deregistration_delay = var.drain_seconds

  health_check = {
    path     = var.health_path
    interval = 1
  }
}

resource "host_target_group_attachment" "this" {
  for_each = var.servers

  target_group = host_target_group.this.id
  server       = each.value

  lifecycle {
    create_before_destroy = true
  }
}

resource "host_listener" "this" {
  load_balancer = host_load_balancer.this.id
  port          = var.port

  default_action = {
    forward = [{ target_group = host_target_group.this.id }]
  }

  depends_on = [host_target_group_attachment.this]
}

output "url" {
  value = host_listener.this.url
}
