# METADATA
# title: The journal goes to its log host by TLS
# description: |
#   Over http:// everybody on the way reads and changes the logs, and without the
#   check of the certificate anybody may be the log host.
# related_resources:
#   - description: systemd-journal-upload.service(8)
#     ref: https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-upload.service.html
# custom:
#   id: LOG0008
#   severity: medium
#   remediation: |
#     Set `URL=https://LOGHOST` and the certificates under `[Upload]` in
#     /etc/systemd/journal-upload.conf.d/tls.conf, and run `systemctl restart
#     systemd-journal-upload`.
#   references:
#     cis-debian-12-v1.1.0: ["6.1.2.1.2"]
#     cis-ubuntu-22.04-v2.0.0: ["6.2.1.2.2"]
#     cis-ubuntu-24.04-v1.0.0: ["6.1.2.1.2"]
#     cis-rhel-9-v2.0.0: ["6.2.2.1.2"]
#     nist-800-53-r5: ["AU-9", "SC-8"]
package policies.host.logging.upload_tls

import future.keywords.not

subject contains ["logging", "journal_upload"] if input.logging.journal_upload.url

fail contains {"path": ["logging", "journal_upload", "url"], "want": "https://"} if {
	input.logging.journal_upload.url
	not input.logging.journal_upload.tls == true
}

fail contains {"path": ["logging", "journal_upload", "trusted_certificate_file"], "want": "the CA of the log host"} if {
	input.logging.journal_upload.url
	input.logging.journal_upload.trusted_certificate_file == "-"
}
