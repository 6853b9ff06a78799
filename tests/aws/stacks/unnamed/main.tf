# Objects that AWS gives neither a name nor a token to be found by.

resource "aws_vpc" "this" {
  cidr_block           = "10.40.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_eip" "this" {
  count  = 2
  domain = "vpc"
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = 7
}
