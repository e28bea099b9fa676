# METADATA
# title: Set-uid and set-gid programs are those that are known
# description: |
#   A set-uid copy of a shell is the simplest way back in; a forgotten one with a hole is the
#   simplest way up. What the distributions bring is known; file systems that are mounted
#   nosuid on all their mount points are left out. It needs a walk over all local file
#   systems, and is not part of the default baseline.
# related_resources:
#   - description: find(1)
#     ref: https://man7.org/linux/man-pages/man1/find.1.html
# custom:
#   id: WLK0004
#   severity: medium
#   parameters:
#     set_uid_programs:
#       type: list
#       description: "Set-uid and set-gid programs that are known, /bin and /sbin written as /usr/bin and /usr/sbin."
#       default: [/usr/bin/at, /usr/bin/bsd-write, /usr/bin/chage, /usr/bin/chfn, /usr/bin/chsh, /usr/bin/crontab,
#         /usr/bin/dotlockfile, /usr/bin/doas, /usr/bin/expiry, /usr/bin/fusermount, /usr/bin/fusermount3,
#         /usr/bin/gpasswd, /usr/bin/locate, /usr/bin/lockfile, /usr/bin/mail-lock, /usr/bin/mail-touchlock,
#         /usr/bin/mail-unlock, /usr/bin/mlocate, /usr/bin/mount, /usr/bin/newgidmap, /usr/bin/newgrp,
#         /usr/bin/newuidmap, /usr/bin/ntfs-3g, /usr/bin/passwd, /usr/bin/ping, /usr/bin/ping6,
#         /usr/bin/pkexec, /usr/bin/plocate, /usr/bin/procmail, /usr/bin/screen, /usr/bin/ssh-agent,
#         /usr/bin/staprun, /usr/bin/su, /usr/bin/sudo, /usr/bin/sudo-rs, /usr/bin/su-rs, /usr/bin/umount,
#         /usr/bin/wall, /usr/bin/write, /usr/bin/write.ul, /usr/sbin/exim4, /usr/sbin/grub2-set-bootflag,
#         /usr/sbin/lockdev, /usr/sbin/mount.cifs, /usr/sbin/mount.nfs, /usr/sbin/mount.nfs4,
#         /usr/sbin/netreport, /usr/sbin/pam_extrausers_chkpwd, /usr/sbin/pam_timestamp_check,
#         /usr/sbin/postdrop, /usr/sbin/postqueue, /usr/sbin/pppd, /usr/sbin/sendmail.sendmail,
#         /usr/sbin/ssmtp, /usr/sbin/unix_chkpwd, /usr/sbin/unix_update, /usr/sbin/userhelper,
#         /usr/sbin/usernetctl, /usr/lib/cockpit/cockpit-session, /usr/lib/dbus-1.0/dbus-daemon-launch-helper,
#         /usr/lib/eject/dmcrypt-get-device, /usr/lib/landscape/apt-update, /usr/lib/openssh/ssh-keysign,
#         /usr/lib/policykit-1/polkit-agent-helper-1, /usr/lib/polkit-1/polkit-agent-helper-1,
#         /usr/lib/snapd/snap-confine, /usr/lib/utempter/utempter,
#         /usr/lib/x86_64-linux-gnu/utempter/utempter, /usr/lib/aarch64-linux-gnu/utempter/utempter,
#         /usr/libexec/camel-lock-helper-1.2, /usr/libexec/cockpit-session,
#         /usr/libexec/dbus-1/dbus-daemon-launch-helper, /usr/libexec/openssh/ssh-keysign,
#         /usr/libexec/polkit-agent-helper-1, /usr/libexec/sssd/krb5_child, /usr/libexec/sssd/ldap_child,
#         /usr/libexec/sssd/proxy_child, /usr/libexec/sssd/selinux_child, /usr/libexec/utempter/utempter]
#   remediation: |
#     See which package it belongs to (`dpkg -S FILE`, `rpm -qf FILE`). Run `chmod a-s FILE`,
#     delete it, or add it to the parameter `set_uid_programs` in the baseline.
#   references:
#     cis-debian-12-v1.1.0: ["7.1.13"]
#     cis-ubuntu-22.04-v2.0.0: ["7.1.13"]
#     cis-ubuntu-24.04-v1.0.0: ["7.1.13"]
#     cis-rhel-9-v2.0.0: ["7.1.13"]
#     nist-800-53-r5: ["AC-6", "CM-6"]
package policies.host.walk.suid

import future.keywords.not

subject contains ["walk", "suid"] if input.walk

fail contains {"subject": ["walk", "suid"], "path": ["walk", "suid", file, "program"], "want": "a program that is known"} if {
	some file, found in input.walk.suid
	not found.nosuid == true
	not found.program in data.parameters.set_uid_programs
}
