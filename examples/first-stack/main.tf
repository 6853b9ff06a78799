# Three servers in three zones behind a load balancer, on this machine. Nothing else is needed.
#
#   terrace apply            prints a URL; every zone answers in turn
#   terrace host status      what runs
#   terrace apply -var release=2.0

variable "release" {
  description = "What the servers say they run; another release is another set of servers"
  type        = string
  default     = "1.0"
}

data "host_zones" "all" {}

resource "host_server" "web" {
  for_each = toset(data.host_zones.all.names)

  name        = "web-${each.key}"
  zone        = each.key
  command     = ["terrace", "host", "serve"]
  environment = { VERSION = var.release }

  health_check = {
    path = "/"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "host_load_balancer" "web" {
  name = "web"
}

resource "host_target_group" "web" {
  name = "web"

  health_check = {
    path     = "/"
    interval = 1
  }
}

resource "host_target_group_attachment" "web" {
  for_each = host_server.web

  target_group = host_target_group.web.id
  server       = each.value.id

  lifecycle {
    create_before_destroy = true
  }
}

resource "host_listener" "web" {
  load_balancer = host_load_balancer.web.id

  default_action = {
    forward = [{ target_group = host_target_group.web.id }]
  }

  depends_on = [host_target_group_attachment.web]
}

output "url" {
  description = "Every zone answers in turn"
  value       = host_listener.web.url
}
