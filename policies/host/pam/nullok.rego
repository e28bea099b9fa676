# METADATA
# title: An empty password lets nobody in
# description: |
#   With nullok, an account whose password field is empty (a mistake in a script, a
#   line edited by hand) is open to everybody who knows its name. Whether there is one
#   is another control's (ACC0002).
# related_resources:
#   - description: pam_unix(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_unix.8.html
# custom:
#   id: PAM0022
#   severity: low
#   remediation: |
#     On Debian and Ubuntu take `nullok` out of /usr/share/pam-configs/unix and
#     run `pam-auth-update`; on Red Hat run `authselect enable-feature
#     without-nullok`. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.4.1"]
#     cis-rhel-9-v2.0.0: ["5.3.3.4.1"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.4.1"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.4.1"]
#     disa-stig-rhel-9: ["RHEL-09-611025"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-611060"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.nullok

import future.keywords.not

subject contains ["pam", "modules", "pam_unix"] if some _ in input.pam.modules.pam_unix

fail contains {"path": ["pam", "modules", "pam_unix", i, "options", "nullok"], "want": false} if {
	some i, line in input.pam.modules.pam_unix
	line.type in {"auth", "password"}
	line.options.nullok == true
}
