variable "name" {}
variable "acl" {}
variable "key" {}

resource "aws_s3_bucket" "b" {
  bucket = var.name
  acl    = var.acl
}

resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key
    }
  }
}

output "bucket" {
  value = aws_s3_bucket.b.id
}

output "key" {
  value = var.key
}
