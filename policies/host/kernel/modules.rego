# METADATA
# title: Kernel modules that nobody needs
# description: |
#   A module that is neither loaded nor on disk for the running kernel passes. An
#   `install` line that runs true or false keeps it out; a `blacklist` line does so
#   for all that is loaded on demand, which is what users can bring about. In a
#   container the kernel is the host's, and nothing is judged.
# related_resources:
#   - description: modprobe.d(5)
#     ref: https://man7.org/linux/man-pages/man5/modprobe.d.5.html
# custom:
#   family: true
package policies.host.kernel.modules

import future.keywords.not

subject contains ["kernel_modules", name] if {
	some name, _ in data.tables.host.kernel.modules
	input.kernel_modules
	not input.os.container == true
}

fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "loaded", name], "want": "not loaded"} if {
	some name, _ in data.tables.host.kernel.modules
	input.kernel_modules.loaded[name]
}

fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "install", name], "want": "/bin/false, or a blacklist line"} if {
	some name, _ in data.tables.host.kernel.modules
	input.kernel_modules.available[name]
	not barred(name)
}

barred(name) if input.kernel_modules.blacklist[name]

barred(name) if regex.match(`^(/usr)?/bin/(true|false)$`, input.kernel_modules.install[name])
