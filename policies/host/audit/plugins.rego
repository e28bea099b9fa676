# METADATA
# title: The plug-ins that send audit events elsewhere are installed
# description: |
#   Debian and Ubuntu keep them in a package of their own. Without it events stay on the
#   host, where an intruder with root can delete them. Red Hat's audit brings what is needed.
# related_resources:
#   - description: audisp-remote(8)
#     ref: https://man7.org/linux/man-pages/man8/audisp-remote.8.html
# custom:
#   id: AUD0003
#   severity: low
#   remediation: |
#     Run `apt-get install audispd-plugins`.
#   references:
#     cis-debian-12-v1.1.0: ["6.2.1.1"]
#     cis-ubuntu-22.04-v2.0.0: ["6.3.1.1"]
#     cis-ubuntu-24.04-v1.0.0: ["6.2.1.1"]
#     nist-800-53-r5: ["AU-4(1)"]
package policies.host.audit.plugins

import future.keywords.not

subject contains ["packages", "installed"] if {
	input.audit.installed == true
	input.packages.manager == "dpkg"
	not input.os.container == true
}

fail contains {"subject": ["packages", "installed"], "path": ["packages", "installed", "audispd-plugins"], "want": "installed"} if {
	input.audit.installed == true
	not input.packages.installed["audispd-plugins"]
}
