# METADATA
# title: passwd stores passwords under yescrypt, bcrypt or SHA-512
# description: |
#   From a copy of /etc/shadow, passwords under DES or MD5 are found in hours. Where
#   no argument of pam_unix chooses the hash, ENCRYPT_METHOD of login.defs does.
# related_resources:
#   - description: pam_unix(8)
#     ref: https://man7.org/linux/man-pages/man8/pam_unix.8.html
# custom:
#   id: PAM0024
#   severity: medium
#   remediation: |
#     Put `yescrypt` (`sha512` on Red Hat) on the line of pam_unix in the password
#     stack in place of the hash that is there: in /usr/share/pam-configs/unix,
#     then `pam-auth-update`; on Red Hat with a custom profile of authselect. Have
#     passwords changed that were stored under a weak one.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.4.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.4.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.4.3"]
#     cis-rhel-9-v2.0.0: ["5.3.3.4.3"]
#     disa-stig-rhel-9: ["RHEL-09-671025"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-611055"]
#     nist-800-53-r5: ["IA-5(1)", "SC-13"]
package policies.host.pam.hash

import future.keywords.not

subject contains ["pam", "modules", "pam_unix"] if some _ in input.pam.modules.pam_unix

fail contains {"path": ["pam", "modules", "pam_unix", i, "options", "algorithm"], "want": "yescrypt or sha512"} if {
	some i, line in input.pam.modules.pam_unix
	line.type == "password"
	not strong(line.options)
}

strong(options) if options.algorithm in {"yescrypt", "gost-yescrypt", "bcrypt", "sha512"}

strong(options) if {
	not options.algorithm
	lower(input.accounts.login_defs.ENCRYPT_METHOD) in {"yescrypt", "bcrypt", "sha512"}
	not weak_first
}

# weak_first is true where the first of several lines counts, and is weak.
weak_first if {
	method := input.accounts.login_defs_first.ENCRYPT_METHOD
	not lower(method) in {"yescrypt", "bcrypt", "sha512"}
}
