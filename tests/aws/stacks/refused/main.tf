# Everything here would fail at apply, and a look tells so at plan.

data "aws_ami" "base" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_instance" "other_architecture" {
  ami               = data.aws_ami.base.id
  instance_type     = "t4g.micro"
  availability_zone = "us-east-1a"
  key_name          = "nobody"
}

resource "aws_instance" "nothing_known" {
  ami               = "ami-00000000"
  instance_type     = "z9.small"
  availability_zone = "us-east-1a"
}

resource "aws_lb_listener" "without_certificate" {
  load_balancer_arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
    }
  }
}
