# METADATA
# title: su lets in members of one group only
# description: |
#   Whoever takes over any account may otherwise try root's password, or use one
#   that leaked. The stack of su is tried out with an account that is not in
#   pam_wheel's group: the right password must not let it in.
# related_resources:
#   - description: pam_wheel(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_wheel.8.html
#   - description: su(1)
#     ref: https://man7.org/linux/man-pages/man1/su.1.html
# custom:
#   id: PAM0025
#   severity: low
#   remediation: |
#     Make a group (`groupadd sugroup`; leave it empty where sudo is used) and put
#     `auth required pam_wheel.so use_uid group=sugroup` into /etc/pam.d/su, below
#     pam_rootok; where /etc/pam.d/su-l does not include su, there too. It holds at once.
#   references:
#     cis-debian-12-v1.1.0: ["5.2.7"]
#     cis-ubuntu-22.04-v2.0.0: ["5.2.7"]
#     cis-ubuntu-24.04-v1.0.0: ["5.2.7"]
#     cis-rhel-9-v2.0.0: ["5.2.7"]
#     disa-stig-rhel-9: ["RHEL-09-432035"]
#     nist-800-53-r5: ["AC-6"]
package policies.host.pam.su_members

import future.keywords.not

# `su -` is a service of its own.
subject contains ["pam", "services", "su"] if {
	some name, service in input.pam.services
	name in {"su", "su-l"}
	service.password_login == true
}

fail contains {"subject": ["pam", "services", "su"], "path": ["pam", "services", name, "members_only"], "want": true} if {
	some name, service in input.pam.services
	name in {"su", "su-l"}
	service.password_login == true
	not service.members_only == true
}
