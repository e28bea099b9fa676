# A small tree as people write it: some of it is sound, some is open, some cannot
# be known before an apply.

terraform {
  required_version = ">= 1.5"
}

locals {
  buckets = {
    site = { public = true }
    logs = { public = false }
  }
}

module "bucket" {
  source   = "./modules/bucket"
  for_each = local.buckets

  name   = "${var.project}-${each.key}"
  public = each.value.public
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = var.vpc_id

  dynamic "ingress" {
    for_each = var.open_ports
    content {
      from_port   = ingress.value
      to_port     = ingress.value
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }

  ingress {
    description = "monitoring"
    from_port   = 9100
    to_port     = 9100
    protocol    = "tcp"
    cidr_blocks = [var.monitoring_cidr]
  }
}

resource "aws_security_group" "admin" {
  name   = "admin"
  vpc_id = var.vpc_id

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.admin_cidr]
  }
}

resource "aws_db_instance" "main" {
  identifier          = "${var.project}-main"
  engine              = "postgres"
  instance_class      = "db.t4g.medium"
  storage_encrypted   = true
  publicly_accessible = false
  username            = "app"
  password            = var.db_password
}

resource "google_compute_firewall" "ssh" {
  name          = "ssh"
  network       = google_compute_network.main.name
  source_ranges = ["0.0.0.0/0"]

  allow {
    protocol = "tcp"
    ports    = ["22", "8000-8100"]
  }
}

resource "google_compute_network" "main" {
  name                    = "main"
  auto_create_subnetworks = false
}
