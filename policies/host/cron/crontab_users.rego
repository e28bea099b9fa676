# METADATA
# title: Only users who are named may have jobs by crontab
# description: |
#   A job outlives the login: an intruder who has an account for a minute stays by
#   it. Only those that /etc/cron.allow names should have jobs. Where neither file
#   is there, Debian's and Ubuntu's cron let everybody, Red Hat's only root.
# related_resources:
#   - description: crontab(1)
#     ref: https://man7.org/linux/man-pages/man1/crontab.1.html
# custom:
#   id: CRO0002
#   severity: low
#   remediation: |
#     Put the names of those who need jobs into /etc/cron.allow, one a line
#     (root needs none), run `chown root:root /etc/cron.allow` and `chmod 0640
#     /etc/cron.allow`, and remove /etc/cron.deny.
#   references:
#     cis-debian-12-v1.1.0: ["2.4.1.8"]
#     cis-ubuntu-22.04-v2.0.0: ["2.4.1.8"]
#     cis-ubuntu-24.04-v1.0.0: ["2.4.1.8"]
#     cis-rhel-9-v2.0.0: ["2.4.1.8"]
#     nist-800-53-r5: ["AC-3", "CM-6"]
package policies.host.cron.crontab_users

import future.keywords.not

subject contains ["cron", "crontab_users"] if input.cron.crontab_users

fail contains {"path": ["cron", "crontab_users"], "want": "listed"} if {
	input.cron.crontab_users
	not input.cron.crontab_users in {"listed", "root"}
}
