# METADATA
# title: The release still gets security updates
# description: |
#   After its last day, flaws that everybody can read about stay open. Debian's LTS
#   counts; updates that are paid for (Ubuntu Pro, Red Hat ELS, Debian ELTS) are not
#   seen: waive it where the host has them. Releases that are not listed are not judged.
# related_resources:
#   - description: Debian Wiki, LTS
#     ref: https://wiki.debian.org/LTS
#   - description: Ubuntu release cycle
#     ref: https://ubuntu.com/about/release-cycle
# custom:
#   id: PKG0022
#   severity: high
#   remediation: |
#     Move to a release that is maintained, by upgrade or by a new machine; until
#     then buy the extended updates.
#   references:
#     disa-stig-rhel-9: ["RHEL-09-211010"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-211000"]
#     nist-800-53-r5: ["SA-22", "SI-2"]
package policies.host.packages.end_of_life

import future.keywords.not

subject contains ["os", "version_id"] if {
	some version, _ in ends[input.os.id]
	is_release(version)
}

fail contains {"path": ["os", "version_id"], "want": "a release that is maintained"} if {
	some version, end in ends[input.os.id]
	is_release(version)
	not input.os.time <= end
}

is_release(version) if input.os.version_id == version

is_release(version) if startswith(input.os.version_id, concat("", [version, "."]))

# Last days of updates for everybody, in days since 1970-01-01; where a vendor names
# a month, the last day that it can mean.
ends := {
	"debian": {
		"8": 18443, # 2020-06-30
		"9": 19173, # 2022-06-30
		"10": 19904, # 2024-06-30
		"11": 20696, # 2026-08-31
		"12": 21365, # 2028-06-30
		"13": 22095, # 2030-06-30
	},
	"ubuntu": {
		"14.04": 18016, # 2019-04-30
		"16.04": 18747, # 2021-04-30
		"18.04": 19508, # 2023-05-31
		"20.04": 20239, # 2025-05-31
		"22.04": 20999, # 2027-06-30
		"23.04": 19753, # 2024-01-31
		"23.10": 19935, # 2024-07-31
		"24.04": 21730, # 2029-06-30
		"24.10": 20300, # 2025-07-31
		"25.04": 20484, # 2026-01-31
		"25.10": 20665, # 2026-07-31
		"26.04": 22460, # 2031-06-30
	},
	"centos": {
		"6": 18596, # 2020-11-30
		"7": 19904, # 2024-06-30
		"8": 19874, # 2024-05-31
		"9": 20969, # 2027-05-31
		"10": 22065, # 2030-05-31
	},
	"rhel": {
		"6": 18596, # 2020-11-30
		"7": 19904, # 2024-06-30
		"8": 21700, # 2029-05-31
		"9": 22796, # 2032-05-31
		"10": 23891, # 2035-05-31
	},
	"almalinux": {
		"8": 21700, # 2029-05-31
		"9": 22796, # 2032-05-31
		"10": 23891, # 2035-05-31
	},
	"rocky": {
		"8": 21700, # 2029-05-31
		"9": 22796, # 2032-05-31
		"10": 23891, # 2035-05-31
	},
	"ol": {
		"7": 20088, # 2024-12-31
		"8": 21761, # 2029-07-31
		"9": 22826, # 2032-06-30
		"10": 23921, # 2035-06-30
	},
	"amzn": {
		"2": 20634, # 2026-06-30
		"2023": 21730, # 2029-06-30
	},
	"fedora": {
		"39": 20057, # 2024-11-30
		"40": 20239, # 2025-05-31
		"41": 20453, # 2025-12-31
		"42": 20634, # 2026-06-30
	},
	"alpine": {
		"3.17": 20057, # 2024-11-30
		"3.18": 20239, # 2025-05-31
		"3.19": 20422, # 2025-11-30
		"3.20": 20573, # 2026-04-30
		"3.21": 20787, # 2026-11-30
	},
}
