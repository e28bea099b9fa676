# METADATA
# title: GRUB lets nobody change an entry without a password
# description: |
#   Whoever reaches the console adds init=/bin/sh to an entry and is root without a
#   password. A superuser has to be named and to have a password, kept as a PBKDF2
#   hash.
# related_resources:
#   - description: GNU GRUB manual, authentication and authorisation
#     ref: https://www.gnu.org/software/grub/manual/grub/html_node/Authentication-and-authorisation.html
# custom:
#   id: BOO0001
#   severity: medium
#   remediation: |
#     On Debian and Ubuntu add the lines `set superusers="root"` and `password_pbkdf2
#     root HASH`, with the hash that `grub-mkpasswd-pbkdf2` prints, to
#     /etc/grub.d/40_custom, run `chmod 0700 /etc/grub.d/40_custom`, add
#     `--unrestricted` to CLASS in /etc/grub.d/10_linux so that booting asks nothing,
#     set `GRUB_DISABLE_RECOVERY=true` in /etc/default/grub, and run `update-grub`. On
#     Red Hat run `grub2-setpassword`; where a whole grub.cfg lies below /boot/efi/EFI,
#     GRUB looks for the password there: remove that file and run `dnf reinstall
#     'shim-*' 'grub2-efi-*' grub2-common`, which writes one that leads to /boot/grub2.
#   references:
#     cis-debian-12-v1.1.0: ["1.4.1"]
#     cis-ubuntu-22.04-v2.0.0: ["1.4.1"]
#     cis-ubuntu-24.04-v1.0.0: ["1.4.1"]
#     cis-rhel-9-v2.0.0: ["1.4.1"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-212010"]
#     disa-stig-rhel-9: ["RHEL-09-212010"]
#     nist-800-53-r5: ["AC-3", "AC-6"]
package policies.host.boot.grub_password

import future.keywords.not

subject contains ["boot", "grub"] if {
	input.boot.loader == "grub"
	not input.os.container == true
}

fail contains {"path": ["boot", "grub", "superusers"], "want": "a superuser with a password"} if {
	input.boot.loader == "grub"
	not guarded
}

fail contains {"path": ["boot", "grub", "passwords", name], "want": "pbkdf2"} if {
	input.boot.loader == "grub"
	some name, kind in input.boot.grub.passwords
	kind == "plain"
}

guarded if {
	some name in input.boot.grub.superusers
	input.boot.grub.passwords[name]
}
