variable "project" {
  type    = string
  default = "acme-prod"
}

variable "db_password" {
  type      = string
  sensitive = true
  default   = "hunter2"
}

variable "buckets" {
  type = map(object({ location = string, public = optional(bool, false) }))
  default = {
    assets = { location = "EU", public = true }
    logs   = { location = "EU" }
  }
}

variable "office" {
  type    = list(string)
  default = ["203.0.113.0/24"]
}

provider "google" {
  project = var.project
  region  = "europe-west3"
  default_labels = {
    team = "core"
  }
}

locals {
  apis    = { web = { port = 443, open = true }, admin = { port = 22, open = false } }
  members = ["user:ann@example.org", "serviceAccount:${google_service_account.ci.email}"]
}

data "google_project" "this" {}

data "google_compute_image" "debian" {
  family  = "debian-12"
  project = "debian-cloud"
}

resource "google_kms_key_ring" "ring" {
  name     = "ring"
  location = "europe-west3"
}

resource "google_kms_crypto_key" "data" {
  name            = "data"
  key_ring        = google_kms_key_ring.ring.id
  rotation_period = "7776000s"
  labels          = { use = "data" }
}

resource "google_kms_crypto_key" "old" {
  name     = "old"
  key_ring = google_kms_key_ring.ring.id
  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }
}

resource "google_service_account" "ci" {
  account_id   = "ci"
  display_name = "CI"
}

resource "google_service_account_key" "ci" {
  service_account_id = google_service_account.ci.name
}

resource "google_service_account_iam_member" "ci" {
  service_account_id = google_service_account.ci.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = "allAuthenticatedUsers"
}

resource "google_project_iam_member" "ci" {
  for_each = toset(["roles/owner", "roles/logging.logWriter"])
  project  = var.project
  role     = each.value
  member   = google_service_account.ci.member
}

resource "google_project_iam_binding" "viewers" {
  project = var.project
  role    = "roles/viewer"
  members = local.members
  condition {
    title      = "until"
    expression = "request.time < timestamp(\"2030-01-01T00:00:00Z\")"
  }
}

resource "google_project_iam_audit_config" "all" {
  project = var.project
  service = "allServices"
  dynamic "audit_log_config" {
    for_each = ["ADMIN_READ", "DATA_READ"]
    content {
      log_type = audit_log_config.value
    }
  }
}

data "google_iam_policy" "admin" {
  binding {
    role    = "roles/storage.admin"
    members = ["serviceAccount:${google_service_account.ci.email}", "allUsers"]
  }
}

data "google_iam_policy" "known" {
  binding {
    role    = "roles/storage.objectViewer"
    members = ["allUsers"]
  }
}

resource "google_storage_bucket" "b" {
  for_each                    = var.buckets
  name                        = "${var.project}-${each.key}"
  location                    = each.value.location
  uniform_bucket_level_access = !each.value.public
  labels                      = { name = each.key }

  dynamic "versioning" {
    for_each = each.value.public ? [] : [true]
    content {
      enabled = versioning.value
    }
  }
  encryption {
    default_kms_key_name = google_kms_crypto_key.data.id
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 30
    }
  }
}

resource "google_storage_bucket_iam_member" "public" {
  bucket = google_storage_bucket.b["assets"].name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

resource "google_storage_bucket_iam_binding" "logs" {
  bucket  = google_storage_bucket.b["logs"].id
  role    = "roles/storage.admin"
  members = ["serviceAccount:${google_service_account.ci.email}"]
}

resource "google_storage_bucket_iam_policy" "assets" {
  bucket      = google_storage_bucket.b["assets"].id
  policy_data = data.google_iam_policy.admin.policy_data
}

resource "google_storage_bucket_iam_policy" "known" {
  bucket      = google_storage_bucket.b["logs"].id
  policy_data = data.google_iam_policy.known.policy_data
}

resource "google_compute_network" "vpc" {
  name                    = "vpc"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "s" {
  count                    = 2
  name                     = "s${count.index}"
  network                  = google_compute_network.vpc.id
  ip_cidr_range            = cidrsubnet("10.0.0.0/16", 8, count.index)
  private_ip_google_access = count.index == 0

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "10.${count.index + 1}.0.0/16"
  }

  dynamic "log_config" {
    for_each = count.index == 0 ? [1] : []
    content {
      aggregation_interval = "INTERVAL_10_MIN"
    }
  }
}

resource "google_compute_firewall" "in" {
  for_each      = local.apis
  name          = "in-${each.key}"
  network       = google_compute_network.vpc.self_link
  source_ranges = each.value.open ? ["0.0.0.0/0"] : var.office
  target_tags   = [each.key]

  allow {
    protocol = "tcp"
    ports    = [each.value.port]
  }
  allow {
    protocol = "icmp"
  }
}

resource "google_compute_firewall" "egress" {
  name               = "egress"
  network            = google_compute_network.vpc.name
  direction          = "EGRESS"
  destination_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "internal" {
  name          = "internal"
  network       = google_compute_network.vpc.name
  source_ranges = google_compute_subnetwork.s[*].ip_cidr_range
  allow {
    protocol = "tcp"
  }
}

resource "google_compute_instance" "vm" {
  name           = "vm"
  machine_type   = "e2-small"
  zone           = "europe-west3-a"
  can_ip_forward = true
  tags           = ["web", "admin"]
  metadata = {
    enable-oslogin         = "FALSE"
    serial-port-enable     = true
    block-project-ssh-keys = "true"
  }
  boot_disk {
    kms_key_self_link = google_kms_crypto_key.data.id
    initialize_params {
      image = data.google_compute_image.debian.self_link
      size  = 20
    }
  }
  network_interface {
    subnetwork = google_compute_subnetwork.s[0].self_link
    access_config {}
  }
  service_account {
    email  = google_service_account.ci.email
    scopes = ["cloud-platform"]
  }
  shielded_instance_config {
    enable_secure_boot = true
  }
}

resource "google_compute_instance" "plain" {
  name         = "plain"
  machine_type = "e2-small"
  zone         = "europe-west3-a"
  boot_disk {
    initialize_params {
      image = "debian-cloud/debian-12"
    }
  }
  network_interface {
    network = "default"
  }
}

resource "google_compute_ssl_policy" "tls" {
  name            = "tls"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_ssl_policy" "default" {
  name = "default"
}

resource "google_sql_database_instance" "db" {
  name                = "db"
  database_version    = "POSTGRES_16"
  root_password       = var.db_password
  encryption_key_name = google_kms_crypto_key.data.id
  settings {
    tier = "db-f1-micro"
    ip_configuration {
      ipv4_enabled = true
      ssl_mode     = "ENCRYPTED_ONLY"
      dynamic "authorized_networks" {
        for_each = concat(var.office, ["0.0.0.0/0"])
        content {
          name  = "n${authorized_networks.key}"
          value = authorized_networks.value
        }
      }
    }
    backup_configuration {
      enabled = true
    }
    dynamic "database_flags" {
      for_each = { log_connections = "on", "cloudsql.iam_authentication" = "on" }
      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }
}

resource "google_sql_database_instance" "private" {
  database_version = "MYSQL_8_0"
  settings {
    tier = "db-f1-micro"
    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.vpc.self_link
    }
  }
}

resource "google_sql_user" "app" {
  name     = "app"
  instance = google_sql_database_instance.db.name
  password = var.db_password
}

resource "google_container_cluster" "k" {
  name                     = "k"
  location                 = "europe-west3"
  network                  = google_compute_network.vpc.self_link
  subnetwork               = google_compute_subnetwork.s[0].self_link
  initial_node_count       = 1
  remove_default_node_pool = true
  enable_legacy_abac       = true

  master_authorized_networks_config {
    cidr_blocks {
      cidr_block = "0.0.0.0/0"
    }
    cidr_blocks {
      cidr_block   = google_compute_subnetwork.s[1].ip_cidr_range
      display_name = "inner"
    }
  }
  private_cluster_config {
    enable_private_nodes   = true
    master_ipv4_cidr_block = "172.16.0.0/28"
  }
  workload_identity_config {
    workload_pool = "${data.google_project.this.project_id}.svc.id.goog"
  }
  database_encryption {
    state    = "ENCRYPTED"
    key_name = google_kms_crypto_key.data.id
  }
  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }
  release_channel {
    channel = "REGULAR"
  }
}

resource "google_container_node_pool" "n" {
  name       = "n"
  cluster    = google_container_cluster.k.id
  node_count = 1
  node_config {
    service_account = google_service_account.ci.email
    oauth_scopes    = ["https://www.googleapis.com/auth/cloud-platform"]
    shielded_instance_config {
      enable_secure_boot = true
    }
    workload_metadata_config {
      mode = "GKE_METADATA"
    }
  }
  management {
    auto_upgrade = false
  }
}

resource "google_container_node_pool" "bare" {
  name    = "bare"
  cluster = google_container_cluster.k.name
}

resource "google_bigquery_dataset" "d" {
  dataset_id = "d"
  access {
    role          = "READER"
    special_group = "allAuthenticatedUsers"
  }
  access {
    role          = "OWNER"
    user_by_email = google_service_account.ci.email
  }
  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.data.id
  }
}

resource "google_pubsub_topic" "t" {
  name         = "t"
  kms_key_name = google_kms_crypto_key.data.id
}

resource "google_dns_managed_zone" "z" {
  name     = "z"
  dns_name = "example.org."
  dnssec_config {
    state = "off"
  }
}

resource "google_dns_managed_zone" "inner" {
  name       = "inner"
  dns_name   = "inner.example.org."
  visibility = "private"
  private_visibility_config {
    networks {
      network_url = google_compute_network.vpc.id
    }
  }
}

module "service" {
  source   = "./modules/service"
  for_each = { front = "INGRESS_TRAFFIC_ALL", back = "INGRESS_TRAFFIC_INTERNAL_ONLY" }
  name     = each.key
  ingress  = each.value
  account  = google_service_account.ci.email
  public   = each.key == "front"
}
