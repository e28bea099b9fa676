# METADATA
# title: PATH holds no directory that anybody could make or fill
# description: |
#   With `.` or an empty element in PATH, root runs whatever lies under the name of
#   a command in the directory that it happens to be in. What the start-up files of
#   all and of root, /etc/environment and ENV_SUPATH of login.defs set is judged. Of
#   the usual directories, such as /usr/local/bin, only root may write in them; other
#   directories are not looked at.
# related_resources:
#   - description: bash(1)
#     ref: https://man7.org/linux/man-pages/man1/bash.1.html
# custom:
#   id: SHL0004
#   severity: medium
#   remediation: |
#     Take `.`, relative directories and doubled, leading or trailing colons out
#     of PATH in the line that is named. It holds from the next login. Where a
#     directory is named, run `chown root:root DIR && chmod go-w DIR`.
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

# The folders of the usual PATH; Debian's staff is meant to write in /usr/local.
fail contains {"subject": ["shells", "path"], "path": ["files", folder, "owner"], "want": "root"} if {
	input.shells.path
	some folder in usual
	stat := input.files[folder]
	stat.exists == true
	not stat.uid == 0
}

fail contains {"subject": ["shells", "path"], "path": ["files", folder, "mode"], "want": "no write by others"} if {
	input.shells.path
	some folder in usual
	stat := input.files[folder]
	stat.exists == true
	not bits.and(stat.perm, 2) == 0
}

fail contains {"subject": ["shells", "path"], "path": ["files", folder, "mode"], "want": "no write by a group"} if {
	input.shells.path
	some folder in usual
	stat := input.files[folder]
	stat.exists == true
	not bits.and(stat.perm, 16) == 0
	not stat.gid == 0
	not stat.group == "staff"
}

usual := ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

loose(element) if not regex.match(`^[/$~"']`, element)
