vpc_id     = "vpc-0123456789abcdef0"
open_ports = [443, 3389]
