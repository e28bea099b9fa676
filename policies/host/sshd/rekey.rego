# METADATA
# title: sshd renews the keys of a session
# description: |
#   The less that one key encrypts, the less it is worth to who breaks or steals it. Without
#   a limit of its own sshd renews keys after the gigabytes that the cipher bears, however
#   long that takes. Only what is as often as once in an hour and a gigabyte passes.
# related_resources:
#   - description: sshd_config(5), RekeyLimit
#     ref: https://man.openbsd.org/sshd_config#RekeyLimit
# custom:
#   id: SSH0045
#   severity: low
#   remediation: |
#     Put `RekeyLimit 1G 1h` into /etc/ssh/sshd_config.d/00-merlon.conf (or, where
#     sshd_config does not include that, at its top) and run `systemctl reload ssh` (`sshd`
#     on Red Hat).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-255090"]
#     nist-800-53-r5: ["AC-17(2)", "SC-8"]
package policies.host.sshd.rekey

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, "rekeylimit", unit], "want": want} if {
	some unit, most in {"bytes": 1073741824, "seconds": 3600}
	want := sprintf("1 to %d", [most])
	some m, c in input.sshd.contexts
	value := c.rekeylimit[unit]
	not within(value, most)
	own(m, unit, value)
}

fail contains {"path": ["sshd", "contexts", "global", "rekeylimit"], "want": "1G 1h"} if {
	input.sshd.installed == true
	not input.sshd.contexts.global.rekeylimit
}

# 0 is none.
within(value, most) if {
	value > 0
	value <= most
}

own("global", _, _)

own(m, unit, value) if {
	m != "global"
	not input.sshd.contexts.global.rekeylimit[unit] == value
}
