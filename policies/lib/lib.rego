# METADATA
# description: Functions that controls share.
package lib

import future.keywords.not

# internet is true of a range that holds all addresses of its kind, or a quarter of
# them and more: such ranges come in sets that leave nobody out.
internet(cidr) if regex.match(`^[0-9A-Fa-f.:]+/[0-2]$`, cidr)

# All addresses of IPv6 that are routed.
internet("2000::/3")

# Ports by which machines are administered: SSH, Telnet, RPC, SMB, RDP, VNC, WinRM,
# the Docker socket, etcd and the kubelet.
admin_ports := {22, 23, 135, 445, 2375, 2376, 2379, 3389, 5900, 5985, 5986, 10250}

# Ports of databases, caches and search engines: SQL Server, Oracle, MySQL,
# PostgreSQL, Redshift, CouchDB, Redis, Cassandra, Elasticsearch, memcached, MongoDB.
database_ports := {1433, 1521, 3306, 5432, 5439, 5984, 6379, 9042, 9200, 9300, 11211, 27017, 27018}

# credential is true of a text that holds a credential beyond doubt: a private key,
# or a token whose form only its issuer uses. Keys of documentation are none. In JSON
# the lines of a key are parted by \n.
credential(text) if regex.match(`-----BEGIN ([A-Z]+ )?PRIVATE KEY-----(\s|\\+[nr])+[A-Za-z0-9+/=]{16}`, text)

credential(text) if {
	regex.match(`(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z2-7]{16}([^A-Za-z0-9]|$)`, text)
	not contains(text, "EXAMPLE")
}

credential(text) if regex.match(`(^|[^A-Za-z0-9])(gh[opsur]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[0-9]{10,}-[0-9A-Za-z-]{20,})`, text)
