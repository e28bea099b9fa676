# METADATA
# title: sshd offers only algorithms that FIPS 140 knows
# description: |
#   A FIPS or FedRAMP deployment must use validated algorithms only. Elsewhere this
#   takes good ones away (Ed25519, ChaCha20, X25519): it is judged only where the
#   baseline says that the site is one.
# related_resources:
#   - description: GitLab, hardening of the operating system
#     ref: https://docs.gitlab.com/security/hardening_operating_system_recommendations/
# custom:
#   id: SSH0029
#   severity: low
#   parameters:
#     fips:
#       type: boolean
#       default: false
#       description: The site must use algorithms of FIPS 140 only.
#   remediation: |
#     Turn the system's FIPS mode on, or put `Ciphers`, `MACs`, `KexAlgorithms` and
#     `HostKeyAlgorithms` with AES, SHA-2 and the curves of NIST alone into
#     /etc/ssh/sshd_config.d/00-merlon.conf and run `systemctl reload ssh` (`sshd` on Red
#     Hat).
#   references:
#     disa-stig-rhel-9: ["RHEL-09-255065", "RHEL-09-255075"]
#     disa-stig-ubuntu-22.04: ["UBTU-22-255050", "UBTU-22-255055", "UBTU-22-255060"]
#     gitlab-os: ["Ciphers", "HostKeyAlgorithms", "KexAlgorithms", "MACs"]
#     nist-800-53-r5: ["SC-13"]
package policies.host.sshd.fips

import future.keywords.not

subject contains ["sshd"] if {
	data.parameters.fips == true
	input.sshd.installed == true
}

fail contains {"path": ["sshd", "contexts", m, key, i], "want": "AES, SHA-2 and curves of NIST"} if {
	data.parameters.fips == true
	some key in ["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms"]
	some m, c in input.sshd.contexts
	some i, name in c[key]
	not known(name)
}

known(name) if regex.match(`^aes(128|192|256)-(ctr|gcm@openssh\.com)$`, name)

known(name) if regex.match(`^hmac-sha2-(256|512)(-etm@openssh\.com)?$`, name)

known(name) if regex.match(`^(ecdh|ecdsa)-sha2-nistp(256|384|521)(-cert-v01@openssh\.com)?$`, name)

known(name) if regex.match(`^diffie-hellman-group(14-sha256|16-sha512|18-sha512|-exchange-sha256)$`, name)

known(name) if regex.match(`^rsa-sha2-(256|512)(-cert-v01@openssh\.com)?$`, name)

# These two are no algorithms: they say what the server can do.
known(name) if name in ["ext-info-s", "kex-strict-s-v00@openssh.com"]
