# METADATA
# title: auditd warns while a quarter of the disk is still free
# description: |
#   The sizes that are installed are some ten megabytes, which an intruder fills in
#   minutes, before anybody has read the warning. As percent of the disk they leave time
#   whatever its size; numbers of megabytes are not accepted, for how large the disk is is
#   not judged.
# related_resources:
#   - description: auditd.conf(5), space_left
#     ref: https://man7.org/linux/man-pages/man5/auditd.conf.5.html
# custom:
#   id: AUD0060
#   severity: low
#   remediation: |
#     Set `space_left = 25%` and `admin_space_left = 5%` in /etc/audit/auditd.conf and run
#     `systemctl kill --signal HUP auditd` (`service auditd reload` on Red Hat).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-653035", "RHEL-09-653045"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-653040"]
#     nist-800-53-r5: ["AU-5(1)"]
package policies.host.audit.space

import future.keywords.not

subject contains ["audit", "config"] if {
	input.audit.config
	not input.os.container == true
}

fail contains {"path": ["audit", "config", key], "want": want} if {
	some key, least in {"space_left": 25, "admin_space_left": 5}
	want := sprintf("%d%% or more", [least])
	input.audit.config
	not enough(input.audit.config[key], least)
}

enough(value, least) if {
	is_string(value)
	regex.match(`^[0-9]{1,2}%$`, value)
	to_number(trim_suffix(value, "%")) >= least
}
