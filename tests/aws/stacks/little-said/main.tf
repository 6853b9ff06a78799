# Objects of which little is written, and what the API says of them in its own way.

resource "aws_db_instance" "this" {
  engine              = "postgres"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "owner"
  password            = "long-enough"
  skip_final_snapshot = true

  lifecycle {
    postcondition {
      condition     = self.backup_retention_period == 0 && startswith(self.identifier, "terraform-")
      error_message = "no backups are kept, and the name is Terraform's"
    }
  }
}

resource "aws_db_snapshot" "this" {
  db_instance_identifier = aws_db_instance.this.identifier
  db_snapshot_identifier = "little-said"
}

resource "aws_rds_cluster" "this" {
  engine              = "aurora-postgresql"
  master_username     = "owner"
  master_password     = "long-enough"
  skip_final_snapshot = true
}

resource "aws_vpc" "this" {
  cidr_block = "10.9.0.0/24"
}

resource "aws_subnet" "this" {
  vpc_id     = aws_vpc.this.id
  cidr_block = "10.9.0.0/24"
}

resource "aws_security_group" "front" {
  vpc_id = aws_vpc.this.id
}

# What state remembers of its rules names a group that goes before it.
resource "aws_security_group" "back" {
  vpc_id                 = aws_vpc.this.id
  revoke_rules_on_delete = true
}

resource "aws_security_group_rule" "back" {
  type                     = "ingress"
  security_group_id        = aws_security_group.back.id
  source_security_group_id = aws_security_group.front.id
  protocol                 = "tcp"
  from_port                = 80
  to_port                  = 80
}

resource "aws_vpc_endpoint" "this" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.us-east-1.ssm"
  vpc_endpoint_type = "Interface"
  subnet_ids        = [aws_subnet.this.id]

  lifecycle {
    postcondition {
      condition     = !self.private_dns_enabled
      error_message = "private DNS is off where nothing is said"
    }
  }
}

data "aws_ami" "this" {
  most_recent = true
  owners      = ["amazon"]
  filter {
    name   = "name"
    values = ["amzn2-ami-hvm-*-x86_64-*"]
  }
}

# moto gives every disk 3000 IOPS; disks stay what they are as long as their devices do.
resource "aws_instance" "this" {
  ami           = data.aws_ami.this.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.this.id

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 10
    volume_type = "gp3"
    iops        = 3500
  }
}

resource "aws_route53_zone" "this" {
  name = "Little.example.org."

  lifecycle {
    postcondition {
      condition     = self.name == "little.example.org"
      error_message = "names are in small letters, without the last dot"
    }
  }
}

resource "aws_route53_record" "any" {
  zone_id = aws_route53_zone.this.zone_id
  name    = "*"
  type    = "A"
  ttl     = 60
  records = ["192.0.2.2", "192.0.2.1"]
}

resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.this.zone_id
  name    = "www"
  type    = "A"

  alias {
    name                   = aws_route53_record.any.fqdn
    zone_id                = aws_route53_zone.this.zone_id
    evaluate_target_health = false
  }
}

resource "aws_s3_bucket" "this" {
  force_destroy = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_object" "this" {
  bucket  = aws_s3_bucket.this.id
  key     = "note"
  content = "little"
}
