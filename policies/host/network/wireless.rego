# METADATA
# title: Wireless interfaces of servers are off
# description: |
#   A radio lets in whoever is near, past the firewalls and the doors of the building.
#   Judged is each wireless interface; hosts without one have nothing to judge.
# related_resources:
#   - description: rfkill(8)
#     ref: https://man7.org/linux/man-pages/man8/rfkill.8.html
# custom:
#   id: NET0031
#   severity: low
#   remediation: |
#     Run `rfkill block wlan` and `ip link set NAME down`, and keep its driver from
#     loading: `install MODULE /bin/false` in /etc/modprobe.d/wireless.conf, with the
#     MODULE that `readlink /sys/class/net/NAME/device/driver/module` names. Waive it
#     for portable machines.
#   references:
#     cis-debian-12-v1.1.0: ["3.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["3.1.2"]
#     cis-rhel-9-v2.0.0: ["3.1.2"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-291015"]
#     disa-stig-rhel-9: ["RHEL-09-291040"]
#     nist-800-53-r5: ["AC-18"]
package policies.host.network.wireless

import future.keywords.not

subject contains ["network", "interfaces", name] if {
	not input.os.container == true
	some name, card in input.network.interfaces
	card.wireless == true
}

fail contains {"path": ["network", "interfaces", name, "up"], "want": false} if {
	some name, card in input.network.interfaces
	card.wireless == true
	not card.up == false
}
