# METADATA
# title: sshd looks for an account's keys where only that account and root may write
# description: |
#   A file for all accounts lets each key that is in it log in as every account, root's
#   too. A folder in which everybody may write lets somebody else put the file there
#   first; `StrictModes` alone keeps that key out.
# related_resources:
#   - description: sshd_config(5), AuthorizedKeysFile
#     ref: https://man.openbsd.org/sshd_config#AuthorizedKeysFile
# custom:
#   id: SSH0032
#   severity: medium
#   remediation: |
#     Name a file for each account in the AuthorizedKeysFile line that is named, such as
#     `.ssh/authorized_keys` or `/etc/ssh/authorized_keys/%u`, divide the keys among
#     these files, and run `systemctl reload ssh` (`sshd` on Red Hat). A file for one
#     account goes into a `Match User` block.
#   references:
#     nist-800-53-r5: ["AC-6", "IA-2", "IA-5(2)"]
package policies.host.sshd.keys_file

import future.keywords.not

subject contains ["sshd"] if input.sshd.installed == true

fail contains {"path": ["sshd", "contexts", m, "authorizedkeysfile", i], "want": "a file for each account, such as .ssh/authorized_keys"} if {
	some m, c in input.sshd.contexts
	some i, name in c.authorizedkeysfile
	startswith(name, "/")
	not regex.match(`%[uUh]`, name)
	not one_account(m)
	own(m, name)
}

fail contains {"path": ["sshd", "contexts", m, "authorizedkeysfile", i], "want": "a folder in which others do not write"} if {
	some m, c in input.sshd.contexts
	some i, name in c.authorizedkeysfile
	regex.match(`^/+(tmp|var/tmp|dev/shm|run/lock)/`, name)
	own(m, name)
}

# one_account is true of a block for users that are named one by one.
one_account(m) if regex.match(`(^| )user [^ *?!,]+( |$)`, m)

own("global", _)

own(m, name) if {
	m != "global"
	not name in input.sshd.contexts.global.authorizedkeysfile
}
