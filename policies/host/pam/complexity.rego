# METADATA
# title: New passwords hold characters of several kinds, or are long
# description: |
#   A short password of one kind of character is found in hours once its hash is
#   out. Three of the four kinds, asked for by minclass or by negative credits, are
#   enough; so is a length of 20, which NIST 800-63B prefers to rules about kinds. A
#   positive credit makes passwords shorter than minlen says.
# related_resources:
#   - description: pwquality.conf(5)
#     ref: https://manpages.debian.org/bookworm/libpwquality-common/pwquality.conf.5.en.html
# custom:
#   id: PAM0015
#   severity: low
#   remediation: |
#     Set `minclass = 3` in /etc/security/pwquality.conf, or `minlen = 20`, and
#     take positive credits out. It holds from the next change of a password.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.3.2.3"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.3.2.3"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.3.2.3"]
#     cis-rhel-9-v2.0.0: ["5.3.3.2.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-611020"]
#     disa-stig-rhel-9: ["RHEL-09-611130"]
#     nist-800-53-r5: ["IA-5(1)"]
package policies.host.pam.complexity

import future.keywords.not

subject contains ["pam", "modules", "pam_pwquality"] if some _ in input.pam.modules.pam_pwquality

fail contains {"path": ["pam", "modules", "pam_pwquality", i, "options", "minclass"], "want": "3 or 4"} if {
	some i, line in input.pam.modules.pam_pwquality
	not mixed(line.options)
}

fail contains {"path": ["pam", "modules", "pam_pwquality", i, "options", credit], "want": "0 or less"} if {
	some i, line in input.pam.modules.pam_pwquality
	some credit in credits
	line.options[credit] > 0
}

credits := {"dcredit", "ucredit", "lcredit", "ocredit"}

mixed(options) if options.minclass >= 3

mixed(options) if options.minlen >= 20

mixed(options) if {
	options.ucredit < 0
	options.lcredit < 0
	options.dcredit < 0
}

mixed(options) if {
	options.ucredit < 0
	options.lcredit < 0
	options.ocredit < 0
}

mixed(options) if {
	options.dcredit < 0
	options.ocredit < 0
	options.ucredit < 0
}

mixed(options) if {
	options.dcredit < 0
	options.ocredit < 0
	options.lcredit < 0
}
