# METADATA
# title: Old passwords are not taken again
# description: |
#   A password that leaked comes back into use where people may go back to it. The
#   stack of passwd is tried out: what pam_pwhistory has seen before must be
#   refused.
# related_resources:
#   - description: pam_pwhistory(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_pwhistory.8.html
# custom:
#   id: PAM0016
#   severity: low
#   remediation: |
#     On Debian and Ubuntu make /usr/share/pam-configs/pwhistory with a `Name:` of
#     yours, `Default: yes`, `Priority: 512`, `Password-Type: Primary` and, below
#     `Password:`, `requisite pam_pwhistory.so remember=24 enforce_for_root
#     use_authtok`, below `Password-Initial:` the same without use_authtok, and run
#     `pam-auth-update --enable pwhistory`; on Red Hat run `authselect
#     enable-feature with-pwhistory`.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.2.4"]
#     cis-rhel-9-v2.0.0: ["5.3.2.1", "5.3.2.4"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.2.4"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.2.4"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.history

import future.keywords.not

subject contains ["pam", "services", name] if {
	some name, _ in input.pam.services
	name == "passwd"
}

fail contains {"path": ["pam", "services", name, "refuses_reused"], "want": true} if {
	some name, service in input.pam.services
	name == "passwd"
	not service.refuses_reused == true
}
