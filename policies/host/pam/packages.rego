# METADATA
# title: PAM's own packages are installed
# description: |
#   Without libpam-runtime and libpam-modules the common stacks and the modules that
#   they name are not there. Whether the versions are the latest is for the updates
#   to say.
# related_resources:
#   - description: pam.d(5)
#     ref: https://man7.org/linux/man-pages/man5/pam.d.5.html
# custom:
#   id: PAM0028
#   severity: low
#   remediation: |
#     Run `apt-get install libpam-runtime libpam-modules`.
#   references:
#     cis-debian-12-v1.1.0: ["5.3.1.1", "5.3.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["5.3.1.1", "5.3.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["5.3.1.1", "5.3.1.2"]
#     nist-800-53-r5: ["IA-2", "CM-6"]
package policies.host.pam.packages

import future.keywords.not

subject contains ["packages", "installed"] if {
	input.packages.manager == "dpkg"
	input.pam.installed == true
}

fail contains {"path": ["packages", "installed", name], "subject": ["packages", "installed"], "want": "installed"} if {
	input.packages.manager == "dpkg"
	some name in ["libpam-runtime", "libpam-modules"]
	not input.packages.installed[name]
}
