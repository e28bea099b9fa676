# METADATA
# title: Keys of third parties count for their own sources only
# description: |
#   A key in /etc/apt/trusted.gpg or trusted.gpg.d may sign the packages of every
#   source, those of the distribution too. Whoever steals it, or its owner,
#   replaces any package. Keys of Debian and Ubuntu, by the names that their
#   packages give them, belong there.
# related_resources:
#   - description: sources.list(5)
#     ref: https://manpages.debian.org/bookworm/apt/sources.list.5.en.html
# custom:
#   id: UPD0003
#   severity: low
#   remediation: |
#     Move the key to /etc/apt/keyrings, and write
#     `signed-by=/etc/apt/keyrings/NAME` (`Signed-By:` in a .sources file) into
#     the source that it is for; then run `apt-get update`.
#   references:
#     cis-debian-12-v1.1.0: ["1.2.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.2.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.2.1.1"]
#     nist-800-53-r5: ["SI-7", "CM-14"]
package policies.host.updates.apt_keys

import future.keywords.not

subject contains ["updates", "apt", "keys"] if input.updates.apt.installed == true

fail contains {"path": ["updates", "apt", "keys", file, "of_distribution"], "want": "a key that only Signed-By names"} if {
	some file, key in input.updates.apt.keys
	not key.of_distribution == true
}
