variable "name" { type = string }

variable "ingress" { type = string }

variable "account" { type = string }

variable "public" {
  type    = bool
  default = false
}

variable "env" {
  type    = map(string)
  default = { MODE = "prod" }
}

resource "google_cloud_run_v2_service" "s" {
  name     = var.name
  location = "europe-west3"
  ingress  = var.ingress
  template {
    service_account = var.account
    containers {
      image = "europe-docker.pkg.dev/acme/app/${var.name}:1"
      dynamic "env" {
        for_each = var.env
        content {
          name  = env.key
          value = env.value
        }
      }
      resources {
        limits = { cpu = "1", memory = "512Mi" }
      }
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "m" {
  count  = var.public ? 1 : 0
  name   = google_cloud_run_v2_service.s.name
  role   = "roles/run.invoker"
  member = "allUsers"
}

resource "google_cloudfunctions2_function" "f" {
  name     = "${var.name}-f"
  location = "europe-west3"
  build_config {
    runtime     = "nodejs20"
    entry_point = "main"
  }
  service_config {
    service_account_email = var.account
    ingress_settings      = var.public ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    environment_variables = var.env
  }
}
