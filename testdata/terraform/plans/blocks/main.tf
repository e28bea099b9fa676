variable "groups" {
  type = list(object({
    name  = string
    rules = list(object({ port = number, cidrs = optional(list(string), ["10.0.0.0/8"]), on = optional(bool, true) }))
  }))
  default = [
    { name = "web", rules = [{ port = 443, cidrs = ["0.0.0.0/0"] }, { port = 80 }] },
    { name = "db", rules = [{ port = 5432, on = false }] },
    { name = "none", rules = [] },
  ]
}

variable "encrypt" {
  default = true
}

# dynamic blocks over attributes, filtered, in instances of a resource.
resource "aws_security_group" "g" {
  for_each = { for g in var.groups : g.name => g }
  name     = each.key

  dynamic "ingress" {
    for_each = [for r in each.value.rules : r if r.on]
    content {
      description = "${each.key}-${ingress.key}"
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidrs
    }
  }
}

# dynamic within dynamic, with iterators of other names, beside a plain block.
resource "aws_s3_bucket" "b" {
  bucket = "blocks"

  dynamic "server_side_encryption_configuration" {
    for_each = var.encrypt ? ["aws:kms"] : []
    iterator = outer
    content {
      dynamic "rule" {
        for_each = [{ algorithms = [outer.value] }]
        iterator = r
        content {
          dynamic "apply_server_side_encryption_by_default" {
            for_each = toset(r.value.algorithms)
            content {
              sse_algorithm     = apply_server_side_encryption_by_default.value
              kms_master_key_id = "${outer.key}/${r.key}/${apply_server_side_encryption_by_default.key}"
            }
          }
        }
      }
    }
  }

  logging {
    target_bucket = "logs"
  }
}

# No blocks, from nothing; one, from a map; a label that is an index.
resource "aws_instance" "i" {
  count = 2
  ami   = "ami-1"

  dynamic "metadata_options" {
    for_each = count.index == 0 ? {} : { required = "enabled" }
    content {
      http_tokens   = metadata_options.key
      http_endpoint = metadata_options.value
    }
  }

  dynamic "ebs_block_device" {
    for_each = range(count.index + 1)
    content {
      device_name = "/dev/sd${ebs_block_device.value}"
      encrypted   = ebs_block_device.key == 0
    }
  }
}
