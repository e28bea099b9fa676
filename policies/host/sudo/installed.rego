# METADATA
# title: sudo is there, for who becomes root
# description: |
#   Without it, administrators share root's password: nobody can tell who did what, and
#   who leaves takes it along.
# related_resources:
#   - description: sudo(8)
#     ref: https://www.sudo.ws/docs/man/sudo.man/
# custom:
#   id: SUD0015
#   severity: low
#   remediation: |
#     Run `apt-get install sudo` (on Red Hat `dnf install sudo`), and put who may become
#     root into the group sudo (on Red Hat wheel).
#   references:
#     cis-debian-12-v1.1.0: ["5.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.1"]
#     cis-rhel-9-v2.0.0: ["5.2.1"]
#     disa-stig-rhel-9: ["RHEL-09-432010"]
#     nist-800-53-r5: ["AC-6"]
package policies.host.sudo.installed

import future.keywords.not

subject contains ["sudo", "installed"] if {
	input.sudo
	not input.os.container == true
}

fail contains {"path": ["sudo", "installed"], "want": true} if {
	input.sudo
	not input.sudo.installed == true
	not another
}

another if {
	some program in ["sudo", "sudo-ldap", "sudo-rs", "opendoas", "doas"]
	input.packages.installed[program]
}
