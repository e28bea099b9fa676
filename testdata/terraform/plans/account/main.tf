variable "name" {
  type    = string
  default = "acme"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

variable "rules" {
  type = map(object({ port = number, cidrs = list(string) }))
  default = {
    web = { port = 443, cidrs = ["0.0.0.0/0"] }
    ssh = { port = 22, cidrs = ["10.0.0.0/8"] }
  }
}

provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { team = "core" }
  }
}

locals {
  logs = aws_s3_bucket.logs.id
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "k" {
  description         = "everything"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "logs" {
  bucket = "${var.name}-logs"
}

resource "aws_s3_bucket" "nameless" {}

resource "aws_s3_bucket" "old" {
  bucket = "${var.name}-old"
  acl    = "public-read"
  versioning {
    enabled = true
  }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = aws_kms_key.k.arn
      }
    }
  }
  timeouts {
    create = "5m"
  }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket            = local.logs
  block_public_acls = true
}

resource "aws_s3_bucket_versioning" "by_name" {
  bucket = "acme-logs"
  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "logs" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.logs.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "known" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = local.logs
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_iam_policy" "admin" {
  name   = "admin"
  policy = data.aws_iam_policy_document.known.json
}

resource "aws_sqs_queue" "q" {
  name = "q"
  policy = jsonencode({
    Statement = { Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = "arn:aws:sqs:::q" }
  })
}

resource "aws_security_group" "web" {
  name = "web"
  dynamic "ingress" {
    for_each = var.rules
    content {
      description = ingress.key
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidrs
    }
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "inner" {
  name = "inner"
  ingress {
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [aws_security_group.web.id]
  }
}

resource "aws_subnet" "s" {
  for_each   = toset(["a", "b"])
  cidr_block = each.key == "a" ? "10.0.0.0/24" : "10.0.1.0/24"
}

resource "aws_instance" "i" {
  count                  = 2
  ami                    = "ami-1"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.s[["a", "b"][count.index]].id
  vpc_security_group_ids = [aws_security_group.web.id, "sg-1"]
  metadata_options {
    http_tokens = "required"
  }
  root_block_device {
    encrypted = true
  }
  tags = { key = aws_kms_key.k.arn, name = "i${count.index}" }
}

resource "aws_db_instance" "db" {
  engine              = "postgres"
  instance_class      = "db.t3.micro"
  username            = "root"
  password            = var.password
  publicly_accessible = true
  storage_encrypted   = false
}

module "store" {
  source   = "./modules/store"
  for_each = { one = "private", two = "public-read" }
  name     = "${var.name}-${each.key}"
  acl      = each.value
  key      = aws_kms_key.k.arn
}

resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = module.store["one"].bucket
  kms_key_id     = module.store["two"].key
}
