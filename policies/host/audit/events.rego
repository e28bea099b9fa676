# METADATA
# title: What the audit system records
# description: |
#   Rules are followed as the kernel follows them, on disk and as they are loaded: order
#   counts, `-a never` hides what comes after it, and programs of both widths must be
#   covered on x86. Each kind of change is asked for on behalf of users with an auid of
#   UID_MIN or more. Of files only those that are there.
# related_resources:
#   - description: audit.rules(7)
#     ref: https://man7.org/linux/man-pages/man7/audit.rules.7.html
#   - description: auditctl(8)
#     ref: https://man7.org/linux/man-pages/man8/auditctl.8.html
# custom:
#   family: true
package policies.host.audit.events

import future.keywords.not

subject contains ["audit", "events", event] if {
	not input.os.container == true
	some event, _ in data.tables.host.audit.events
	input.audit.events[event]
}

fail contains {"path": ["audit", "events", event, where, i], "want": "recorded"} if {
	some event, _ in data.tables.host.audit.events
	some where in ["disk", "runtime"]
	some i, _ in input.audit.events[event][where]
}
