# METADATA
# title: AIDE watches the programs of the audit system
# description: |
#   Whoever changes them decides what auditing shows. AIDE itself is asked which attributes
#   it compares, and before version 0.17 its rules are read; that takes seconds, and the
#   control is not part of the default baseline.
# related_resources:
#   - description: The AIDE manual
#     ref: https://aide.github.io/doc/
# custom:
#   id: AID0004
#   severity: low
#   remediation: |
#     Put a line `/usr/sbin/auditctl p+i+n+u+g+s+b+acl+xattrs+sha512` into AIDE's
#     configuration (Debian: a file below /etc/aide/aide.conf.d) for auditctl, auditd,
#     ausearch, aureport, autrace and augenrules, and make the database anew.
#   references:
#     cis-debian-12-v1.1.0: ["6.3.3"]
#     cis-ubuntu-22.04-v2.0.0: ["6.1.3"]
#     cis-ubuntu-24.04-v1.0.0: ["6.3.3"]
#     cis-rhel-9-v2.0.0: ["6.1.3"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-651030"]
#     disa-stig-rhel-9: ["RHEL-09-651025"]
#     nist-800-53-r5: ["SI-7", "AU-9(3)"]
package policies.host.aide.tools

import future.keywords.not

subject contains ["aide_rules", "tools", tool] if {
	not input.os.container == true
	some tool, _ in input.aide_rules.tools
}

fail contains {"path": ["aide_rules", "tools", tool, "attributes"], "want": want} if {
	some tool, t in input.aide_rules.tools
	some want in ["p", "i", "n", "u", "g", "s", "b", "acl", "xattrs", "sha512"]
	not want in t.attributes
}
