# METADATA
# title: Banners before the login hold the text of this site
# description: |
#   A warning that every visitor has seen is what some courts and contracts ask
#   for. The words of this site are given as `banner_text`; where they are not, there
#   is nothing to hold a banner against, and nothing is judged. A run of blanks or line
#   ends counts as one blank.
# related_resources:
#   - description: agetty(8), ISSUE FILES
#     ref: https://man7.org/linux/man-pages/man8/agetty.8.html
# custom:
#   id: BAN0007
#   severity: low
#   remediation: |
#     Write the text into /etc/issue and /etc/issue.net, and set `Banner
#     /etc/issue.net` in a file below /etc/ssh/sshd_config.d.
#   references:
#     cis-debian-12-v1.1.0: ["1.6.2", "1.6.3"]
#     cis-ubuntu-22.04-v2.0.0: ["1.6.2", "1.6.3"]
#     cis-ubuntu-24.04-v1.0.0: ["1.6.2", "1.6.3"]
#     cis-rhel-9-v2.0.0: ["1.7.2", "1.7.3"]
#     nist-800-53-r5: ["AC-8"]
#   parameters:
#     banner_text:
#       type: string
#       default: ""
#       description: "Words that must be in the banner, each run of blanks as one; empty: banners are not judged by their words."
package policies.host.banners.text

import future.keywords.not

subject contains ["banners", "files", file] if {
	regex.match(`[^ ]`, data.parameters.banner_text)
	some file in ["/etc/issue", "/etc/issue.net"]
	input.banners.files[file].exists == true
}

fail contains {"path": ["banners", "files", file, "text"], "want": want} if {
	want := data.parameters.banner_text
	some file in ["/etc/issue", "/etc/issue.net"]
	input.banners.files[file].exists == true
	not contains(input.banners.files[file].text, want)
}
