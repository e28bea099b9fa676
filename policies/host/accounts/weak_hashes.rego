# METADATA
# title: No password is kept as a hash that is quick to guess
# description: |
#   From a copy of /etc/shadow, passwords under DES, MD5 or NT are found in hours;
#   DES looks at eight letters only, so that they can be guessed from outside too.
# related_resources:
#   - description: crypt(5)
#     ref: https://man7.org/linux/man-pages/man5/crypt.5.html
# custom:
#   id: ACC0003
#   severity: medium
#   remediation: |
#     Set `ENCRYPT_METHOD YESCRYPT` (or SHA512) in /etc/login.defs and the same in PAM,
#     then have the password changed: `passwd --expire NAME`.
#   references:
#     nist-800-53-r5: ["IA-5(1)", "SC-13"]
package policies.host.accounts.weak_hashes

import future.keywords.not

subject contains ["accounts", "users"] if input.accounts.users

fail contains {"path": ["accounts", "users", name, "algorithm"], "want": "yescrypt, bcrypt or sha512"} if {
	some name, user in input.accounts.users
	user.password == "set"
	user.algorithm in ["des", "bsdi", "md5", "sunmd5", "sha1", "nt"]
}
