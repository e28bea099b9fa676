# METADATA
# title: Nobody but their writers change logs
# description: |
#   What everybody may write, everybody may empty or fill with inventions. Files
#   and folders below /var/log that others may write are listed, six levels deep,
#   on its own file system.
# related_resources:
#   - description: chmod(1)
#     ref: https://man7.org/linux/man-pages/man1/chmod.1.html
# custom:
#   id: LOG0015
#   severity: medium
#   remediation: |
#     Run `chmod o-w FILE` for what is named, and mend the service or the
#     logrotate rule (`create`) that made it so.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.4.1"]
#     cis-rhel-9-v2.0.0: ["6.2.4.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.4.1"]
#     nist-800-53-r5: ["AU-9"]
package policies.host.logging.writable

import future.keywords.not

subject contains ["logging", "writable"] if input.logging.writable

fail contains {"path": ["logging", "writable", file, "mode"], "want": "no write by others"} if {
	some file, _ in input.logging.writable
}
