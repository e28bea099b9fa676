# METADATA
# title: Only root changes the scripts that make the message of the day
# description: |
#   Debian's and Ubuntu's pam_motd runs the files in /etc/update-motd.d as root at
#   each login; whoever writes to one is root then.
# related_resources:
#   - description: update-motd(5)
#     ref: https://manpages.ubuntu.com/manpages/noble/man5/update-motd.5.html
# custom:
#   id: BAN0008
#   severity: high
#   remediation: |
#     Run `chown root:root FILE` and `chmod go-w FILE` for what is named. See
#     what was changed in it first.
#   references:
#     cis-debian-12-v1.1.0: ["1.6.4"]
#     cis-ubuntu-22.04-v2.0.0: ["1.6.4"]
#     cis-ubuntu-24.04-v1.0.0: ["1.6.4"]
#     nist-800-53-r5: ["AC-3", "AC-6"]
package policies.host.banners.scripts

import future.keywords.not

subject contains ["banners", "scripts"] if input.banners.scripts

fail contains {"path": ["banners", "scripts", file, "owner"], "want": "root"} if {
	some file, stat in input.banners.scripts
	stat.exists == true
	not stat.uid == 0
}

# 0002: others write; the sticky bit (1000) keeps them from root's files in a folder.
fail contains {"path": ["banners", "scripts", file, "mode"], "want": "no write by others"} if {
	some file, stat in input.banners.scripts
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
	not sticky(stat)
}

# 0020: a group writes. Debian's staff is meant to.
fail contains {"path": ["banners", "scripts", file, "mode"], "want": "no write by a group"} if {
	some file, stat in input.banners.scripts
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
	not sticky(stat)
}

sticky(stat) if {
	stat.type == "directory"
	bits.and(stat.perm, 512) == 512
}
