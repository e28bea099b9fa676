variable "secret" {
  type      = string
  default   = "second-secret"
  sensitive = true
}

resource "aws_s3_bucket" "kept" {
  bucket = "kept"
  acl    = "public-read"
}

resource "aws_s3_bucket" "changed" {
  bucket = "changed"
  acl    = "public-read-write"
}

removed {
  from = aws_db_instance.forgotten
}

resource "terraform_data" "v" {
  triggers_replace = 2
}

resource "aws_db_instance" "secret" {
  engine   = "postgres"
  password = var.secret
  tags = {
    note = "x-${var.secret}"
  }
}

resource "aws_s3_bucket" "new" {
  bucket = "new"
}
