# METADATA
# title: Shells that nobody uses end after a quarter of an hour
# description: |
#   A terminal that was left open is anybody's who passes by. TMOUT in /etc/profile,
#   /etc/profile.d, /etc/bash.bashrc or /etc/bashrc ends the shell; read-only, so
#   that users do not turn it off. What these files set is judged, wherever in the
#   file it stands.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0001
#   severity: low
#   remediation: |
#     Put `readonly TMOUT=900; export TMOUT` into /etc/profile.d/60-tmout.sh, and
#     take other values out. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.3.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.3.2"]
#     cis-rhel-9-v2.0.0: ["5.4.3.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-412030"]
#     disa-stig-rhel-9: ["RHEL-09-412035"]
#     nist-800-53-r5: ["AC-11", "AC-12"]
#   parameters:
#     idle_seconds:
#       type: number
#       default: 900
#       description: Seconds after which an idle shell must end at the latest.
package policies.host.shells.tmout

import future.keywords.not

subject contains ["shells", "tmout"] if input.shells.tmout

fail contains {"path": ["shells", "tmout"], "want": "TMOUT"} if {
	input.shells
	not set
}

fail contains {"path": ["shells", "tmout", i, "value"], "want": want} if {
	most := data.parameters.idle_seconds
	want := sprintf("1 to %d", [most])
	some i, line in input.shells.tmout
	is_number(line.value)
	not short(line.value)
}

fail contains {"path": ["shells", "tmout"], "want": "readonly TMOUT"} if {
	input.shells
	set
	not fixed
}

set if {
	some line in input.shells.tmout
	is_number(line.value)
}

fixed if {
	some line in input.shells.tmout
	line.readonly == true
}

short(seconds) if {
	seconds >= 1
	seconds <= data.parameters.idle_seconds
}
