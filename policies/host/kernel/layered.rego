# METADATA
# title: File systems in layers and in images
# description: |
#   Containers and snaps need these two; what nobody mounts only serves whoever has a
#   flaw in it. Not judged where one is mounted, where a program that mounts it is
#   installed, and in containers, whose kernel is the host's.
# related_resources:
#   - description: modprobe.d(5)
#     ref: https://man7.org/linux/man-pages/man5/modprobe.d.5.html
# custom:
#   family: true
package policies.host.kernel.layered

import future.keywords.not

subject contains ["kernel_modules", name] if {
	input.kernel_modules
	not input.os.container == true
	some name, row in data.tables.host.kernel.layered
	not mounted(row.type)
	not needed(row.needed_by)
}

fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "loaded", name], "want": "not loaded"} if {
	some name, _ in data.tables.host.kernel.layered
	input.kernel_modules.loaded[name]
}

fail contains {"subject": ["kernel_modules", name], "path": ["kernel_modules", "install", name], "want": "/bin/false, or a blacklist line"} if {
	some name, _ in data.tables.host.kernel.layered
	input.kernel_modules.available[name]
	some alias in input.kernel_modules.aliases[name]
	not barred(name)
	not input.kernel_modules.blacklist[name]
	not barred(alias)
	not input.kernel_modules.off[alias]
}

mounted(type) if {
	some mount in input.mounts.runtime
	mount.type == type
}

needed(programs) if {
	some program in programs
	input.packages.installed[program]
}

barred(name) if regex.match(`^(/usr)?/bin/(true|false)(\s+#.*)?$`, input.kernel_modules.install[name])
