variable "project" {
  type    = string
  default = "sample"
}

variable "vpc_id" {
  type = string
}

variable "open_ports" {
  type    = list(number)
  default = [443]
}

variable "monitoring_cidr" {
  type    = string
  default = "10.20.0.0/16"
}

variable "admin_cidr" {
  description = "Set for each environment; nobody can know it here."
  type        = string
}

variable "db_password" {
  type      = string
  sensitive = true
}
