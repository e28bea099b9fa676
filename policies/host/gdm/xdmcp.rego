# METADATA
# title: GDM does not serve X terminals over the network
# description: |
#   XDMCP lets any machine that reaches UDP port 177 have a login screen, and its
#   users' keys, passwords and screens go over the network in the clear.
# related_resources:
#   - description: GDM reference manual, XDMCP support
#     ref: https://help.gnome.org/admin/gdm/stable/configuration.html.en
# custom:
#   id: GDM0009
#   severity: high
#   remediation: |
#     Take `Enable=true` out of the section [xdmcp] of the file shown and run
#     `systemctl restart gdm` when nobody is logged in at the screen, for it ends those
#     sessions. Use SSH, or GNOME's remote desktop over TLS, instead.
#   references:
#     cis-debian-12-v1.1.0: ["1.7.10"]
#     cis-ubuntu-22.04-v2.0.0: ["1.7.10"]
#     cis-ubuntu-24.04-v1.0.0: ["1.7.10"]
#     cis-rhel-9-v2.0.0: ["1.8.10"]
#     nist-800-53-r5: ["CM-7", "SC-8"]
package policies.host.gdm.xdmcp

import future.keywords.not

subject contains ["gdm"] if input.gdm.installed == true

fail contains {"path": ["gdm", "xdmcp"], "want": false} if {
	input.gdm.installed == true
	not input.gdm.xdmcp == false
}
