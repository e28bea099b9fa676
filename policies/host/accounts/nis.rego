# METADATA
# title: The account files bring in no accounts from NIS
# description: |
#   A line that begins with `+` takes accounts from a directory that answers without
#   proof; where no directory is asked, old programs take it for an account without a
#   password.
# related_resources:
#   - description: nsswitch.conf(5), Compatibility mode (compat)
#     ref: https://man7.org/linux/man-pages/man5/nsswitch.conf.5.html
# custom:
#   id: ACC0031
#   severity: medium
#   remediation: |
#     Take the lines that begin with `+` or `-` out of the file with `vipw` (`vipw -s`,
#     `vigr`); name the directory, such as sss, in /etc/nsswitch.conf instead.
#   references:
#     nist-800-53-r5: ["AC-2", "IA-2"]
package policies.host.accounts.nis

import future.keywords.not

subject contains ["accounts", "nis"] if input.accounts.nis

fail contains {"path": ["accounts", "nis", i], "want": "no such lines"} if some i, _ in input.accounts.nis
