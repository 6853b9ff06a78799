# A server's successor is registered before the server is taken out.
resource "aws_lb_target_group_attachment" "web" {
  lifecycle {
    create_before_destroy = true
  }
}
