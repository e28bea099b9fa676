# METADATA
# title: No service runs unconfined under SELinux
# description: |
#   A daemon that systemd started from a file without a label of its own may do all
#   that its user may. Those in the domain unconfined_service_t are named; with
#   Debian's policy those in initrc_t and, as systemd itself, in init_t. Where systemd
#   is named, files had no labels when it was started, and nothing is confined.
# related_resources:
#   - description: selinux(8)
#     ref: https://man7.org/linux/man-pages/man8/selinux.8.html
# custom:
#   id: MAC0008
#   severity: low
#   remediation: |
#     See what the service needs with `ausearch -m AVC`, write a policy for it
#     (`sepolicy generate --init PROGRAM`) or give its program the label of an
#     existing one with `semanage fcontext` and `restorecon`, and restart it. Where
#     systemd is named, give all files their labels: on Debian `selinux-activate`, on
#     Red Hat `touch /.autorelabel`, and reboot.
#   references:
#     cis-rhel-9-v2.0.0: ["1.3.1.6"]
#     nist-800-53-r5: ["AC-3", "AC-6"]
package policies.host.mac.selinux_unconfined

import future.keywords.not

subject contains ["mac", "selinux", "unconfined_services"] if {
	input.mac.selinux.mode in {"enforcing", "permissive"}
	not input.os.container == true
}

fail contains {"path": ["mac", "selinux", "unconfined_services", i], "want": "a domain of its own"} if some i, _ in input.mac.selinux.unconfined_services
