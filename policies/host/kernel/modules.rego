# METADATA
# title: Kernel modules that nobody needs
# description: |
#   A module that is neither loaded nor on disk for the running kernel passes. So does
#   one that the kernel has no alias to ask for it by: some distributions take it away.
#   An `install` line that runs true or false keeps a module out for all; a `blacklist`
#   line keeps an alias from loading it, though not another module that needs it, and
#   `alias NAME off` does away with the alias. In a container the kernel is the host's,
#   and nothing is judged.
# related_resources:
#   - description: modprobe.d(5)
#     ref: https://man7.org/linux/man-pages/man5/modprobe.d.5.html
# custom:
#   family: true
package policies.host.kernel.modules

import future.keywords.not

subject contains ["kernel_modules", name] if {
	input.kernel_modules
	not input.os.container == true
	some name, _ in data.tables.host.kernel.modules
}

fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "loaded", name], "want": "not loaded"} if {
	some name, _ in data.tables.host.kernel.modules
	input.kernel_modules.loaded[name]
}

# The kernel asks for a module by an alias: of the module itself, or of one that needs it.
fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "install", name], "want": "/bin/false, or a blacklist line"} if {
	some name, row in data.tables.host.kernel.modules
	input.kernel_modules.available[name]
	some module in row.asked_for
	some alias in input.kernel_modules.aliases[module]
	not barred(name)
	not barred(module)
	not input.kernel_modules.blacklist[module]
	not barred(alias)
	not input.kernel_modules.off[alias]
}

# Drivers are asked for by the devices that there are, also those that need others.
fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "install", name], "want": "/bin/false"} if {
	some name, row in data.tables.host.kernel.modules
	row.driver == true
	input.kernel_modules.available[name]
	not barred(name)
}

# barred is true of a module, or an alias, in whose place a command is run that does nothing.
barred(name) if regex.match(`^(/usr)?/bin/(true|false)(\s+#.*)?$`, input.kernel_modules.install[name])
