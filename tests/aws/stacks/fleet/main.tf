variable "ami_id" {
  type    = string
  default = "ami-12c6146b"
}

variable "template_version" {
  description = "Nothing: the number of the latest one"
  type        = string
  default     = null
}

variable "is_refreshed" {
  type    = bool
  default = true
}

resource "aws_vpc" "this" { cidr_block = "10.60.0.0/16" }

resource "aws_subnet" "this" {
  for_each          = { a = "10.60.1.0/24", b = "10.60.2.0/24" }
  vpc_id            = aws_vpc.this.id
  cidr_block        = each.value
  availability_zone = "us-east-1${each.key}"
}

resource "aws_lb_target_group" "web" {
  name     = "web"
  port     = 8080
  protocol = "HTTP"
  vpc_id   = aws_vpc.this.id
}

resource "aws_launch_template" "web" {
  name          = "web"
  image_id      = var.ami_id
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "web" {
  name                = "web"
  min_size            = 3
  max_size            = 6
  desired_capacity    = 3
  vpc_zone_identifier = values(aws_subnet.this)[*].id
  target_group_arns   = [aws_lb_target_group.web.arn]

  launch_template {
    id      = aws_launch_template.web.id
    version = coalesce(var.template_version, aws_launch_template.web.latest_version)
  }

  dynamic "instance_refresh" {
    for_each = var.is_refreshed ? [1] : []
    content {
      strategy = "Rolling"
      preferences {
        min_healthy_percentage = 66
      }
    }
  }
}
