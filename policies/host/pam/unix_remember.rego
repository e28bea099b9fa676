# METADATA
# title: pam_unix keeps no old passwords
# description: |
#   It keeps them as MD5 in /etc/security/opasswd, where they are guessed in hours.
#   pam_pwhistory keeps them under the hash of /etc/shadow.
# related_resources:
#   - description: pam_unix(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_unix.8.html
# custom:
#   id: PAM0023
#   severity: low
#   remediation: |
#     Take `remember=` off the line of pam_unix in the password stack, use
#     pam_pwhistory in its place, and delete the lines of /etc/security/opasswd.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.4.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.4.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.4.2"]
#     cis-rhel-9-v2.0.0: ["5.3.3.4.2"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.unix_remember

import future.keywords.not

subject contains ["pam", "modules", "pam_unix"] if some _ in input.pam.modules.pam_unix

fail contains {"path": ["pam", "modules", "pam_unix", i, "options", "remember"], "want": "not set"} if {
	some i, line in input.pam.modules.pam_unix
	line.options.remember != 0
}
