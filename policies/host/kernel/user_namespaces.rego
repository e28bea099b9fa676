# METADATA
# title: Nobody makes user namespaces
# description: |
#   In a namespace of their own, users reach kernel code that was meant for root; most
#   local exploits of late years began there. Rootless containers and the sandboxes of
#   browsers need it. Judged where the kernel has no switch for unprivileged users alone,
#   as Debian's and Ubuntu's have.
# related_resources:
#   - description: namespaces(7)
#     ref: https://man7.org/linux/man-pages/man7/namespaces.7.html
# custom:
#   id: KRN0060
#   severity: low
#   remediation: |
#     Set `user.max_user_namespaces = 0` in /etc/sysctl.d/60-merlon.conf and run
#     `sysctl --system`, where neither containers nor browsers run.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-213105"]
#     nist-800-53-r5: ["CM-7", "SC-39"]
package policies.host.kernel.user_namespaces

import future.keywords.not

subject contains ["sysctl", "runtime", "user.max_user_namespaces"] if {
	_ = input.sysctl.runtime["user.max_user_namespaces"]
	not separate
	not input.os.container == true
}

fail contains {"path": ["sysctl", "runtime", "user.max_user_namespaces"], "want": 0} if {
	input.sysctl.runtime["user.max_user_namespaces"] > 0
}

fail contains {"subject": ["sysctl", "runtime", "user.max_user_namespaces"], "path": ["sysctl", "boot", "user.max_user_namespaces"], "want": 0} if {
	input.sysctl.boot["user.max_user_namespaces"] > 0
}

separate if input.sysctl.runtime["kernel.unprivileged_userns_clone"] >= 0
