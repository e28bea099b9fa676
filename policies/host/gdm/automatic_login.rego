# METADATA
# title: GDM logs nobody in without a password
# description: |
#   Whoever switches the machine on is at work as that account, with its keys, its
#   tokens and its rights on servers. Kiosks want it; waive the control there.
# related_resources:
#   - description: GNOME System Administration Guide, Configure automatic login
#     ref: https://help.gnome.org/admin/system-admin-guide/stable/login-automatic.html.en
# custom:
#   id: GDM0011
#   severity: medium
#   remediation: |
#     Take `AutomaticLoginEnable` and `TimedLoginEnable` out of the section [daemon] of
#     the file shown. It holds from the next start.
#   references:
#     nist-800-53-r5: ["IA-2"]
package policies.host.gdm.automatic_login

import future.keywords.not

subject contains ["gdm"] if input.gdm.installed == true

fail contains {"path": ["gdm", "automatic_login"], "want": false} if {
	input.gdm.installed == true
	not input.gdm.automatic_login == false
}
