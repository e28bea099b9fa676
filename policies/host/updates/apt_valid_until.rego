# METADATA
# title: apt refuses lists of packages that are out of date
# description: |
#   Lists are signed with the day up to which they count. Without that check a
#   server, or whoever is on the way, plays old lists back, and updates never
#   come. Archives of old releases need it off: waive it there.
# related_resources:
#   - description: apt.conf(5)
#     ref: https://manpages.debian.org/bookworm/apt/apt.conf.5.en.html
#   - description: apt-secure(8)
#     ref: https://manpages.debian.org/bookworm/apt/apt-secure.8.en.html
# custom:
#   id: UPD0013
#   severity: low
#   remediation: |
#     Take `Acquire::Check-Valid-Until` out of the file below
#     /etc/apt/apt.conf.d that is named; write `[check-valid-until=no]` into the
#     one source that needs it.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.1.2"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.apt_valid_until

import future.keywords.not

subject contains ["updates", "apt", "settings"] if input.updates.apt.installed == true

fail contains {"path": ["updates", "apt", "settings", "acquire::check-valid-until"], "want": true} if {
	input.updates.apt.settings["acquire::check-valid-until"] in {false, 0}
}
