# METADATA
# title: Passwords that root sets are judged too
# description: |
#   An administrator who opens an account with a password out of the hand leaves it
#   there for years. Without enforce_for_root the module only warns root.
# related_resources:
#   - description: pwquality.conf(5)
#     ref: https://manpages.debian.org/bookworm/libpwquality-common/pwquality.conf.5.en.html
# custom:
#   id: PAM0017
#   severity: low
#   remediation: |
#     Write `enforce_for_root` into /etc/security/pwquality.conf. It holds from
#     the next change of a password.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.2.8"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.2.8"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.2.8"]
#     cis-rhel-9-v2.0.0: ["5.3.3.2.7"]
#     disa-stig-rhel-9: ["RHEL-09-611060"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.pwquality_root

import future.keywords.not

subject contains ["pam", "modules", "pam_pwquality"] if some _ in input.pam.modules.pam_pwquality

fail contains {"path": ["pam", "modules", "pam_pwquality", i, "options", "enforce_for_root"], "want": true} if {
	some i, line in input.pam.modules.pam_pwquality
	not line.options.enforce_for_root == true
}
