# METADATA
# title: AIDE looks for changes by itself
# description: |
#   A check that somebody has to remember is not made. A timer of systemd counts, and so
#   does a job of cron where cron runs; Debian's own job steps back where systemd runs, and leaves it to
#   dailyaidecheck.timer.
# related_resources:
#   - description: The AIDE manual
#     ref: https://aide.github.io/doc/
# custom:
#   id: AID0003
#   severity: low
#   remediation: |
#     Run `systemctl enable --now dailyaidecheck.timer` on Debian and Ubuntu; elsewhere put
#     `05 4 * * * root /usr/sbin/aide --check` into /etc/cron.d/aide.
#   references:
#     cis-debian-12-v1.1.0: ["6.3.2"]
#     cis-rhel-9-v2.0.0: ["6.1.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.3.2"]
#     cis-ubuntu-22.04-v2.0.0: ["6.1.2"]
#     disa-stig-rhel-9: ["RHEL-09-651015"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-651025"]
#     nist-800-53-r5: ["SI-7"]
package policies.host.aide.scheduled

import future.keywords.not

subject contains ["aide", "jobs"] if {
	input.aide.installed == true
	not input.os.container == true
}

fail contains {"path": ["aide", "jobs"], "want": "a timer or a job of cron that runs aide"} if {
	input.aide.installed == true
	not runs_by_itself
}

runs_by_itself if {
	some file, job in input.aide.jobs
	job.kind == "cron"
	not file in debian
	cron_runs
}

runs_by_itself if {
	some file in debian
	input.aide.jobs[file].kind == "cron"
	not input.services.units["dailyaidecheck.timer"]
	cron_runs
}

runs_by_itself if {
	some job in input.aide.jobs
	job.kind == "service"
	input.services.units[job.timer].active == "active"
}

debian := {"/etc/cron.daily/aide", "/etc/cron.daily/dailyaidecheck"}

cron_runs if {
	some name in ["cron.service", "crond.service", "cron.target"]
	input.services.units[name].active == "active"
}
