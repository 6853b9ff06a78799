# A bucket with its companions and objects, a certificate, and a database cluster.

locals {
  assets = {
    "index.html"     = { type = "text/html", content = "<h1>it works</h1>\n" }
    "robots.txt"     = { type = "text/plain", content = "User-agent: *\n" }
    "css/site #1.css" = { type = "text/css", content = "body {}\n" }
  }
}

resource "aws_s3_bucket" "assets" {
  bucket        = "terrace-assets"
  force_destroy = true
  tags          = { Name = "assets" }
}

resource "aws_s3_bucket" "logs" {
  bucket_prefix = "terrace-logs-"
}

resource "aws_s3_bucket_versioning" "assets" {
  bucket = aws_s3_bucket.assets.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "assets" {
  bucket                  = aws_s3_bucket.assets.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "assets" {
  bucket = aws_s3_bucket.assets.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "assets" {
  bucket = aws_s3_bucket.assets.bucket
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_bucket_policy" "assets" {
  bucket = aws_s3_bucket.assets.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OwnAccount"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.assets.arn, "${aws_s3_bucket.assets.arn}/*"]
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.assets]
}

resource "aws_s3_object" "asset" {
  for_each      = local.assets
  bucket        = aws_s3_bucket_versioning.assets.bucket
  key           = each.key
  content       = each.value.content
  content_type  = each.value.type
  cache_control = "max-age=300"
  metadata      = { origin = "terrace" }
  tags          = { Kind = "asset" }
}

resource "aws_s3_object" "program" {
  bucket = aws_s3_bucket.logs.id
  key    = "program.sh"
  source = "${path.module}/program.sh"
  etag   = filemd5("${path.module}/program.sh")
}

resource "aws_acm_certificate" "site" {
  domain_name               = "example.com"
  subject_alternative_names = ["www.example.com"]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.3.0.0/16"
}

resource "aws_subnet" "data" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}

resource "aws_db_subnet_group" "data" {
  name       = "storage"
  subnet_ids = aws_subnet.data[*].id
}

resource "aws_rds_cluster" "data" {
  cluster_identifier   = "storage"
  engine               = "aurora-postgresql"
  engine_version       = "15.4"
  database_name        = "app"
  master_username      = "app"
  master_password      = "correct-horse-battery"
  db_subnet_group_name = aws_db_subnet_group.data.name
  storage_encrypted    = true
  skip_final_snapshot  = true
}

resource "aws_rds_cluster_instance" "data" {
  count              = 2
  identifier         = "storage-${count.index}"
  cluster_identifier = aws_rds_cluster.data.id
  engine             = aws_rds_cluster.data.engine
  engine_version     = aws_rds_cluster.data.engine_version
  instance_class     = "db.r6g.large"
}

resource "aws_db_option_group" "mysql" {
  name                     = "storage-mysql"
  engine_name              = "mysql"
  major_engine_version     = "8.0"
  option_group_description = "options"
}

resource "aws_db_instance" "source" {
  identifier          = "storage-source"
  engine              = "mysql"
  engine_version      = "8.0.36"
  instance_class      = "db.t3.micro"
  allocated_storage   = 20
  username            = "app"
  password            = "correct-horse-battery"
  option_group_name   = aws_db_option_group.mysql.name
  skip_final_snapshot = true
}

resource "aws_db_snapshot" "source" {
  db_instance_identifier = aws_db_instance.source.identifier
  db_snapshot_identifier = "storage-source-1"
}

data "aws_db_instance" "source" {
  db_instance_identifier = aws_db_instance.source.identifier
}

output "bucket" {
  value = aws_s3_bucket.assets.bucket_regional_domain_name
}

output "database" {
  value = data.aws_db_instance.source.engine
}
