# METADATA
# title: Only users who are named may have jobs by at
# description: |
#   A job outlives the login: an intruder who has an account for a minute stays by
#   it. Only those that /etc/at.allow names should have jobs. Debian and Ubuntu
#   ship an at.deny that names accounts of services, so that everybody else may;
#   where neither file is there, only root may.
# related_resources:
#   - description: at(1)
#     ref: https://man7.org/linux/man-pages/man1/at.1p.html
# custom:
#   id: CRO0003
#   severity: low
#   remediation: |
#     Put the names of those who need jobs into /etc/at.allow, one a line (root
#     needs none), run `chown root:root /etc/at.allow` and `chmod 0640
#     /etc/at.allow`, and remove /etc/at.deny.
#   references:
#     cis-debian-12-v1.1.0: ["2.4.2.1"]
#     cis-ubuntu-22.04-v2.0.0: ["2.4.2.1"]
#     cis-ubuntu-24.04-v1.0.0: ["2.4.2.1"]
#     cis-rhel-9-v2.0.0: ["2.4.2.1"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.cron.at_users

import future.keywords.not

subject contains ["cron", "at_users"] if input.cron.at_users

fail contains {"path": ["cron", "at_users"], "want": "listed"} if {
	input.cron.at_users
	not input.cron.at_users in {"listed", "root"}
}
