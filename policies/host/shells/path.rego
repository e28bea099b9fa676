# METADATA
# title: PATH holds no directory that anybody could make
# description: |
#   With `.` or an empty element in PATH, root runs whatever lies under the name of
#   a command in the directory that it happens to be in. What the start-up files of
#   all and of root, /etc/environment and ENV_SUPATH of login.defs set is judged;
#   who may write to the directories is not.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0004
#   severity: medium
#   remediation: |
#     Take `.`, relative directories and doubled, leading or trailing colons out
#     of PATH in the line that is named. It holds from the next login.
#   references:
#     cis-debian-12-v1.1.0: ["5.4.2.5"]
#     cis-ubuntu-22.04-v2.0.0: ["5.4.2.5"]
#     cis-ubuntu-24.04-v1.0.0: ["5.4.2.5"]
#     cis-rhel-9-v2.0.0: ["5.4.2.5"]
#     nist-800-53-r5: ["AC-6", "CM-7"]
package policies.host.shells.path

import future.keywords.not

subject contains ["shells", "path"] if input.shells.path

fail contains {"path": ["shells", "path", i, "value", j], "want": "an absolute directory"} if {
	some i, line in input.shells.path
	some j, element in line.value
	loose(element)
}

fail contains {"subject": ["shells", "path"], "path": ["accounts", "login_defs", key], "want": "absolute directories"} if {
	some key, value in input.accounts.login_defs
	key == "ENV_SUPATH"
	some element in split(trim_prefix(value, "PATH="), ":")
	loose(element)
}

loose(element) if not regex.match(`^[/$~"']`, element)
