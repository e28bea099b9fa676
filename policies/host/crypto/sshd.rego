# METADATA
# title: sshd offers nothing that the system-wide crypto policy leaves out
# description: |
#   Red Hat's sshd includes what the policy made for it. A line that comes before it, a
#   Match block or an option of the unit opts out, and a policy that is made stricter
#   later does not reach sshd. Lists that are shorter than the policy's pass.
#   `CRYPTO_POLICY=` in /etc/sysconfig/sshd is of no effect since release 9.
# related_resources:
#   - description: crypto-policies(7)
#     ref: https://man.archlinux.org/man/crypto-policies.7
# custom:
#   id: CRY0004
#   severity: low
#   remediation: |
#     Take the line that is named out of sshd's configuration, see that
#     /etc/ssh/sshd_config.d/50-redhat.conf has
#     `Include /etc/crypto-policies/back-ends/opensshserver.config`, and run
#     `systemctl reload sshd`. Allow an algorithm by a module of the policy, if at all.
#   references:
#     cis-rhel-9-v2.0.0: ["1.6.2"]
#     disa-stig-rhel-9: ["RHEL-09-255055"]
#     nist-800-53-r5: ["AC-17(2)", "SC-13"]
package policies.host.crypto.sshd

import future.keywords.not

subject contains ["crypto", "sshd"] if {
	input.crypto.installed == true
	input.sshd.installed == true
}

fail contains {"subject": ["crypto", "sshd"], "path": ["sshd", "contexts", m, key, i], "want": "an algorithm of the crypto policy"} if {
	input.crypto.installed == true
	some key in ["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"]
	allowed := input.crypto.sshd[key]
	some m, c in input.sshd.contexts
	some i, name in c[key]
	not name in allowed
	not signal(name)
	own(m, key, name)
}

# A policy that says nothing holds sshd to nothing.
fail contains {"path": ["crypto", "sshd"], "want": "Ciphers, MACs and KexAlgorithms"} if {
	input.crypto.installed == true
	input.sshd.installed == true
	some key in ["ciphers", "macs", "kexalgorithms"]
	not input.crypto.sshd[key]
}

# These are no algorithms: they say what the server can do.
signal(name) if name in ["ext-info-s", "kex-strict-s-v00@openssh.com"]

own("global", _, _)

own(m, key, name) if {
	m != "global"
	not name in input.sshd.contexts.global[key]
}
