# METADATA
# title: New passwords are judged
# description: |
#   Without pam_pwquality or its like, users choose words that a list of common
#   passwords has. The stack of passwd is tried out: a password that the module
#   finds weak must be refused, and a module that is missing or optional refuses
#   nothing.
# related_resources:
#   - description: pwquality.conf(5)
#     ref: https://manpages.debian.org/bookworm/libpwquality-common/pwquality.conf.5.en.html
# custom:
#   id: PAM0008
#   severity: medium
#   remediation: |
#     On Debian and Ubuntu install libpam-pwquality, which adds itself to
#     /etc/pam.d/common-password; on Red Hat run `authselect select sssd` (or
#     another profile) anew. It holds from the next change of a password.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.1.3", "5.3.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.1.3", "5.3.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.1.3", "5.3.2.3"]
#     cis-rhel-9-v2.0.0: ["5.3.1.3", "5.3.2.1", "5.3.2.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-215010"]
#     disa-stig-rhel-9: ["RHEL-09-611045"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.quality

import future.keywords.not

subject contains ["pam", "services", name] if {
	some name, _ in input.pam.services
	name == "passwd"
}

fail contains {"path": ["pam", "services", name, "refuses_weak"], "want": true} if {
	some name, service in input.pam.services
	name == "passwd"
	not service.refuses_weak == true
}
