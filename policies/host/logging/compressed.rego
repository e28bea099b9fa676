# METADATA
# title: The journal is compressed
# description: |
#   An uncompressed journal reaches its limit earlier, and older entries are
#   thrown away the sooner.
# related_resources:
#   - description: journald.conf(5)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html
# custom:
#   id: LOG0003
#   severity: low
#   remediation: |
#     Take `Compress=no` out, or put `Compress=yes` under `[Journal]` in
#     /etc/systemd/journald.conf.d/compress.conf, and run `systemctl restart
#     systemd-journald`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.1.6"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.2.3"]
#     cis-rhel-9-v2.0.0: ["6.2.2.3"]
#     nist-800-53-r5: ["AU-4"]
package policies.host.logging.compressed

import future.keywords.not

subject contains ["logging", "journald", "compress"] if input.logging.journald.installed == true

fail contains {"path": ["logging", "journald", "compress"], "want": true} if {
	input.logging.journald.installed == true
	not input.logging.journald.compress == true
}
