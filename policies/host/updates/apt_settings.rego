# METADATA
# title: apt checks what it installs
# description: |
#   These settings turn off, for every source, the check of signatures or of the
#   server's certificate.
# related_resources:
#   - description: apt.conf(5)
#     ref: https://manpages.debian.org/bookworm/apt/apt.conf.5.en.html
#   - description: apt-secure(8)
#     ref: https://manpages.debian.org/bookworm/apt/apt-secure.8.en.html
# custom:
#   id: UPD0002
#   severity: high
#   remediation: |
#     Take the setting out of the file below /etc/apt/apt.conf.d that is named;
#     `apt-config dump` shows what is in force.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.1.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-214010"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.apt_settings

import future.keywords.not

subject contains ["updates", "apt", "settings"] if input.updates.apt.installed == true

# Of one program alone too: binary::apt-get::acquire::...
fail contains {"path": ["updates", "apt", "settings", name], "want": false} if {
	some name, value in input.updates.apt.settings
	some loose in [
		"apt::get::allowunauthenticated", "acquire::allowinsecurerepositories",
		"acquire::allowweakrepositories", "acquire::allowdowngradetoinsecurerepositories",
	]
	endswith(name, loose)
	value in {true, 1}
}

fail contains {"path": ["updates", "apt", "settings", name], "want": true} if {
	some name, value in input.updates.apt.settings
	contains(name, "acquire::https::") # of one server too: acquire::https::HOST::verify-peer
	some check in ["::verify-peer", "::verify-host"]
	endswith(name, check)
	value in {false, 0}
}
