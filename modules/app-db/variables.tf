variable "name" {
  description = "What everything is named after"
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name))
    error_message = "A name has up to 20 lowercase letters, digits and hyphens, and begins with a letter."
  }
}

variable "release" {
  description = "Which version of the application this is; it finds it in VERSION"
  type        = string

  validation {
    condition     = var.release != ""
    error_message = "Every release has a name."
  }
}

variable "application" {
  description = "The directory of the application; its servers get a copy"
  type        = string

  validation {
    condition     = length(fileset(var.application, "**")) > 0
    error_message = "The application is a directory with files in it."
  }
}

variable "command" {
  description = "What starts it there: the program, which is on the server's PATH or begins with ./, and its arguments. It listens on ADDRESS and PORT"
  type        = list(string)

  validation {
    condition     = length(var.command) > 0
    error_message = "The first item is the program to run."
  }
}

variable "environment" {
  description = "More variables of the application"
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Names of environment variables have letters, digits and underscores."
  }
}

variable "health_path" {
  description = "What answers 200 while the application can serve"
  type        = string
  default     = "/health"

  validation {
    condition     = startswith(var.health_path, "/")
    error_message = "A path begins with a slash."
  }
}

variable "workers" {
  description = "Processes of the application on each server"
  type        = number
  default     = 1

  validation {
    condition     = var.workers >= 1 && var.workers <= 16 && floor(var.workers) == var.workers
    error_message = "A server has between 1 and 16 workers."
  }
}

variable "size" {
  description = "How large a server is: small, medium or large. On the host they share the machine as they come"
  type        = string
  default     = "small"

  validation {
    condition     = contains(["small", "medium", "large"], var.size)
    error_message = "A size is small, medium or large."
  }
}

variable "database" {
  description = "The database and its owner's name; storage and days of backups count on AWS; parameters are PostgreSQL's"
  type = object({
    name        = optional(string, "app")
    user        = optional(string, "app")
    storage_gb  = optional(number, 20)
    backup_days = optional(number, 7)
    parameters  = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = alltrue([for name in [var.database.name, var.database.user] : can(regex("^[a-z][a-z0-9_]{0,30}$", name))])
    error_message = "Names of databases and users have up to 31 lowercase letters, digits and underscores, and begin with a letter."
  }

  validation {
    condition     = !contains(["postgres", "rdsadmin", "admin"], var.database.user)
    error_message = "This user is the system's own."
  }

  validation {
    condition     = var.database.storage_gb >= 20 && var.database.backup_days >= 0 && var.database.backup_days <= 35
    error_message = "A database has at least 20 GB, and backups for 0 to 35 days."
  }
}

variable "database_password" {
  description = "Of the database's owner"
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[!-~]{8,128}$", var.database_password)) && !can(regex("[/@\"\\\\' ]", var.database_password))
    error_message = "A password has 8 to 128 printable ASCII characters, and no space, slash, backslash, at sign or quote."
  }
}
