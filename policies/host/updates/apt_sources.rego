# METADATA
# title: apt takes no unsigned packages from a source
# description: |
#   With `trusted=yes` or `allow-insecure=yes` nobody checks who made the packages
#   of a source: whoever is on the way, or holds the server, installs what they
#   like as root. Sources on the host itself (file:, copy:, cdrom:) and those that
#   are turned off are passed over.
# related_resources:
#   - description: sources.list(5)
#     ref: https://manpages.debian.org/bookworm/apt/sources.list.5.en.html
# custom:
#   id: UPD0001
#   severity: high
#   remediation: |
#     Take the option out of the line or stanza that is named, give the source
#     `signed-by=/etc/apt/keyrings/NAME.asc` with the key of who signs it, and
#     run `apt-get update`.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.1.2"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.apt_sources

import future.keywords.not

subject contains ["updates", "apt"] if input.updates.apt.installed == true

fail contains {"path": ["updates", "apt", "sources", i, option], "want": false} if {
	some i, source in input.updates.apt.sources
	source.enabled == true
	not source.scheme in {"file", "copy", "cdrom"}
	some option in ["trusted", "allow_insecure", "allow_weak", "allow_downgrade"]
	source[option] == true
}
