# A PostgreSQL database, with a standby in another zone where one is wanted.

variable "name" {
  type = string
}

variable "zone" {
  type = string
}

variable "standby" {
  type = bool
}

variable "database" {
  type = object({ name = string, user = string, parameters = map(string) })
}

variable "password" {
  type      = string
  sensitive = true
}

resource "host_database" "this" {
  name       = var.name
  engine     = "postgres"
  zone       = var.zone
  multi_az   = var.standby
  db_name    = var.database.name
  username   = var.database.user
  password   = var.password
  parameters = var.database.parameters
}

output "url" {
  value     = "postgres://${var.database.user}:${urlencode(var.password)}@${host_database.this.endpoint}/${var.database.name}"
  sensitive = true
}
