# shellcheck shell=sh disable=SC2154,SC2086
# Sends what the host scanner reads, in frames (see frames.go), and writes nothing.
# Runs in dash, bash and busybox ash. Set before it: nonce, sections, max.
# It is one function, called by the last line, so that half a script does nothing.
collect() {
	LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
	export LC_ALL PATH
	unset IFS CDPATH ENV BASH_ENV GREP_OPTIONS POSIXLY_CORRECT SYSTEMD_COLORS
	set +eufx
	uid=$(id -u)
	# --foreground keeps what runs in this process group, so that it ends with it.
	limit=
	for words in 'timeout --foreground -k 2' 'timeout -k 2'; do
		$words 9 true 2>/dev/null || continue
		limit=$words
		break
	done

	want os && collect_os
	want kernel && collect_kernel
	want sysctl && collect_sysctl
	want sshd && collect_sshd
	want accounts && collect_accounts
	want sudo && collect_sudo
	want mounts && collect_mounts
	want kernel_modules && collect_modules
	want packages && collect_packages
	want services && collect_services
	want files && collect_files
	printf '\n%s done\n' "$nonce"
}

want() {
	case $sections in *" $1 "*) return 0 ;; esac
	return 1
}

# begin SECTION KIND NAME, end STATUS: one frame.
begin() { printf '\n%s begin %s %s %s\n' "$nonce" "$1" "$2" "$3"; }
end() { printf '\n%s end %s\n' "$nonce" "$1"; }

# absent PATH: true where it is not there, false where a directory may hide it.
absent() {
	[ -L "$1" ] && [ ! -e "$1" ] && [ "$uid" != 0 ] && return 1
	parent=$1
	while [ "$parent" != / ]; do
		parent=${parent%/*}
		parent=${parent:-/}
		[ -e "$parent" ] && break
	done
	[ ! -d "$parent" ] || [ -x "$parent" ]
}

# file SECTION PATH [READER...]: the file's bytes, through READER where one is named.
# A character device is a masked file (/dev/null): it is empty.
file() {
	begin "$1" file "$2"
	if [ -f "$2" ]; then
		if [ ! -r "$2" ]; then
			end denied
		elif [ $# -eq 2 ]; then
			head -c "$max" "$2"
			end $?
		else
			path=$2
			shift 2
			"$@" <"$path"
			end $?
		fi
	elif [ -c "$2" ]; then
		end 0
	elif [ -e "$2" ]; then
		end odd
	elif absent "$2"; then
		end absent
	else
		end denied
	fi
}

# dir SECTION DIR PATTERN...: the paths in DIR that match, one a line.
dir() {
	begin "$1" dir "$2"
	listed=$2
	shift 2
	if [ -d "$listed" ]; then
		if [ -r "$listed" ] && [ -x "$listed" ]; then
			state=0
			for pattern; do
				for entry in "$listed"/$pattern; do
					[ -e "$entry" ] || [ -L "$entry" ] || continue
					case $entry in
					*[[:cntrl:]]*) state=odd ;;
					*) printf '%s\n' "$entry" ;;
					esac
				done
			done
			end "$state"
		else
			end denied
		fi
	elif [ -e "$listed" ]; then
		end odd
	elif absent "$listed"; then
		end absent
	else
		end denied
	fi
}

# confdir SECTION DIR PATTERN [READER...]: the paths, and each file.
confdir() {
	dir "$1" "$2" "$3"
	owner=$1
	place=$2
	names=$3
	shift 3
	for entry in "$place"/$names; do
		case $entry in *[[:cntrl:]]*) continue ;; esac
		[ -e "$entry" ] || [ -L "$entry" ] || continue
		file "$owner" "$entry" "$@"
	done
}

# run SECTION NAME SECONDS COMMAND...: what the command prints, bounded. Where
# head cuts it, the first end is lost and the second one counts.
run() {
	begin "$1" cmd "$2"
	printf '\n%s begin %s cmd %s\n' "$nonce" "$1" "$2" >&2
	seconds=$3
	shift 3
	if command -v "$1" >/dev/null 2>&1; then
		{
			$limit ${limit:+$seconds} "$@"
			end $?
		} | $filter head -c "$max"
		end 125
	else
		end missing
	fi
}
filter=

# stats SECTION PATH...: which paths are there, and stat(1) of those.
stats() {
	section=$1
	shift
	begin "$section" cmd paths
	count=$#
	for entry; do
		case $entry in *[[:cntrl:]]*) continue ;; esac
		if [ -e "$entry" ]; then
			link=
			[ -L "$entry" ] && link=-link
			printf 'there%s %s\n' "$link" "$entry"
			set -- "$@" "$entry"
		elif [ "${entry#*[*]}" != "$entry" ]; then # a pattern that matched nothing
			[ -d "${entry%/*}" ] && [ ! -r "${entry%/*}" ] && printf 'hidden %s\n' "$entry"
		elif absent "$entry"; then
			printf 'absent %s\n' "$entry"
		else
			printf 'hidden %s\n' "$entry"
		fi
	done
	end 0
	shift "$count"
	if [ $# -gt 0 ]; then
		run "$section" stat 20 stat -L -c '%a %u %g %s %U %G %F|%n' "$@"
	else
		run "$section" stat 20 true
	fi
}

collect_os() {
	file os /etc/os-release
	file os /usr/lib/os-release
	begin os cmd facts
	[ -r /run/systemd/container ] && echo container
	[ -e /.dockerenv ] && echo container
	[ -e /run/.containerenv ] && echo container
	if [ -r /proc/1/cgroup ]; then
		while read -r row; do
			case $row in *docker* | *kubepods* | *containerd* | *lxc* | *libpod* | *crio*) echo container ;; esac
		done </proc/1/cgroup
	fi
	comm=
	[ -r /proc/1/comm ] && read -r comm </proc/1/comm
	[ -d /run/systemd/system ] && comm=systemd
	printf 'init %s\n' "$comm"
	printf 'uid %s\n' "$uid"
	printf 'time %s\n' "$(date +%s)"
	end 0
}

collect_kernel() {
	run kernel 'uname -m' 5 uname -m
	dir kernel /sys/kernel/security '*'
	dir kernel /sys/firmware efi
	run kernel files 5 grep -sH '' /proc/sys/kernel/osrelease /proc/sys/kernel/version /proc/cmdline \
		/sys/kernel/security/lockdown /sys/kernel/security/lsm /sys/devices/system/cpu/vulnerabilities/*
}

collect_sysctl() {
	set --
	for key in fs/suid_dumpable fs/protected_symlinks fs/protected_hardlinks fs/protected_fifos fs/protected_regular \
		kernel/randomize_va_space kernel/yama/ptrace_scope kernel/kptr_restrict kernel/dmesg_restrict \
		kernel/unprivileged_bpf_disabled kernel/unprivileged_userns_clone kernel/perf_event_paranoid \
		kernel/kexec_load_disabled kernel/sysrq kernel/modules_disabled kernel/core_pattern kernel/core_uses_pid \
		kernel/ctrl-alt-del kernel/io_uring_disabled kernel/apparmor_restrict_unprivileged_userns kernel/printk \
		kernel/panic kernel/panic_on_oops kernel/oops_limit kernel/warn_limit kernel/tainted kernel/pid_max kernel/ftrace_enabled \
		vm/mmap_min_addr vm/unprivileged_userfaultfd vm/mmap_rnd_bits vm/mmap_rnd_compat_bits vm/overcommit_memory vm/swappiness \
		net/core/bpf_jit_harden net/core/bpf_jit_enable net/core/bpf_jit_kallsyms dev/tty/ldisc_autoload dev/tty/legacy_tiocsti \
		user/max_user_namespaces net/ipv4/ip_forward net/ipv4/icmp_echo_ignore_all net/ipv4/icmp_echo_ignore_broadcasts \
		net/ipv4/icmp_ignore_bogus_error_responses net/ipv4/icmp_ratelimit net/ipv4/icmp_ratemask net/ipv4/tcp_syncookies \
		net/ipv4/tcp_rfc1337 net/ipv4/tcp_timestamps net/ipv4/tcp_sack net/ipv4/tcp_max_syn_backlog net/ipv4/ip_unprivileged_port_start; do
		set -- "$@" /proc/sys/$key
	done
	for key in accept_redirects accept_source_route arp_announce arp_filter arp_ignore bootp_relay \
		drop_gratuitous_arp forwarding log_martians mc_forwarding proxy_arp route_localnet rp_filter \
		secure_redirects send_redirects shared_media; do
		set -- "$@" /proc/sys/net/ipv4/conf/*/$key
	done
	for key in accept_ra accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref accept_redirects accept_source_route \
		autoconf dad_transmits disable_ipv6 forwarding max_addresses mc_forwarding proxy_ndp router_solicitations use_tempaddr; do
		set -- "$@" /proc/sys/net/ipv6/conf/*/$key
	done
	begin sysctl cmd keys
	for key; do
		[ -e "$key" ] || continue
		[ -r "$key" ] && printf '%s\n' "$key" || printf '%s denied\n' "$key"
	done
	end 0
	run sysctl runtime 10 grep -sH '' "$@"
	for folder in /etc /run /usr/local/lib /usr/lib; do confdir sysctl $folder/sysctl.d '*.conf'; done
	if [ -L /lib ]; then
		begin sysctl dir /lib/sysctl.d
		end absent
	else
		confdir sysctl /lib/sysctl.d '*.conf'
	fi
	file sysctl /etc/sysctl.conf
	file sysctl /etc/ufw/ufw.conf
	file sysctl /etc/default/ufw
	file sysctl /etc/ufw/sysctl.conf
	begin sysctl cmd systemd
	for entry in /usr/lib/systemd/systemd-sysctl /lib/systemd/systemd-sysctl; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
}

# without_env: standard input without the values that SetEnv sets.
without_env() { sed 's/^\([[:space:]"]*[sS][eE][tT][eE][nN][vV][[:space:]"=][^=]*=\).*/\1***/'; }
masked_head() { without_env | "$@"; }

collect_sshd() {
	run sshd 'sshd -V' 5 sshd -V
	if ! command -v sshd >/dev/null 2>&1; then return; fi

	# The options that the unit gives sshd; -f names another file.
	config=/etc/ssh/sshd_config
	set --
	for folder in /etc /run /usr/local/lib /usr/lib /lib; do
		[ $folder = /lib ] && [ -L /lib ] && continue
		for unit in ssh sshd; do
			set -- "$@" $folder/systemd/system/$unit.service $folder/systemd/system/$unit.service.d/*.conf
		done
	done
	begin sshd cmd units
	options=$(grep -snH '^[[:space:]]*\(ExecStart\|Environment\|EnvironmentFile\|SSHD_OPTS\|OPTIONS\|CRYPTO_POLICY\)[[:space:]]*=' \
		"$@" /etc/default/ssh /etc/sysconfig/sshd /etc/conf.d/sshd /etc/crypto-policies/back-ends/opensshserver.config | head -c 65536)
	printf '%s\n' "$options"
	end 0
	set -f
	word=
	for next in $options; do
		case $next in -f?*) config=${next#-f} ;; esac
		[ "$word" = -f ] && config=$next
		word=$next
	done
	set +f
	config=${config%[\"\']}
	begin sshd cmd config
	printf '%s\n' "$config"
	end 0

	# Files and what they include, level by level.
	seen=' '
	level=0
	setenv=
	keys=
	nowhere= # sshd -T refuses Match LocalPort without a port
	specs=' '
	newline='
'
	set -- "$config"
	while [ $# -gt 0 ] && [ $level -lt 17 ]; do
		level=$((level + 1))
		fresh=
		for path; do
			case $path in *[[:cntrl:]]* | *' '*) continue ;; esac
			case $seen in *" $path "*) continue ;; esac
			seen="$seen$path "
			file sshd "$path" without_env
			[ -f "$path" ] && [ -r "$path" ] && fresh="$fresh $path"
		done
		set --
		[ -n "$fresh" ] || break
		words=$(sed -n 's/["\r]/ /g
			s/^[[:space:]]*[iI][nN][cC][lL][uU][dD][eE][[:space:]=]/include /p
			s/^[[:space:]]*[mM][aA][tT][cC][hH][[:space:]=]/match /p
			s/^[[:space:]]*[hH][oO][sS][tT][kK][eE][yY][[:space:]=]/hostkey /p
			s/^[[:space:]]*[sS][eE][tT][eE][nN][vV][[:space:]=].*/setenv/p' $fresh | head -c 65536)
		IFS=$newline
		set -f
		for row in $words; do
			unset IFS
			case $row in
			include*)
				for pattern in ${row#include}; do
					case $pattern in
					'#'*) break ;;
					/*) ;;
					*) pattern=/etc/ssh/$pattern ;;
					esac
					case $seen in *" glob:$pattern "*) continue ;; esac
					seen="${seen}glob:$pattern "
					set +f
					begin sshd dir "$pattern"
					state=absent
					absent "${pattern%/*}/x" || state=denied
					[ -d "${pattern%/*}" ] && [ ! -r "${pattern%/*}" ] && state=denied
					for entry in $pattern; do
						[ -e "$entry" ] || [ -L "$entry" ] || continue
						state=0
						case $entry in
						*[[:cntrl:]]* | *' '*) state=odd ;;
						*)
							printf '%s\n' "$entry"
							set -- "$@" "$entry"
							;;
						esac
					done
					end $state
					set -f
				done
				;;
			match*)
				specs="$specs$(connection ${row#match})"
				case $row in *[lL][oO][cC][aA][lL][pP][oO][rR][tT]*) nowhere='-C lport=1' ;; esac
				;;
			hostkey*) keys="$keys ${row#hostkey}" ;;
			setenv) setenv=1 ;;
			esac
			IFS=$newline
		done
		unset IFS
		set +f
	done

	[ -n "$setenv" ] && filter=masked_head
	# sshd loads its keys before it tells anything, and those are root's.
	keyed=
	for key in /etc/ssh/ssh_host_*_key $keys; do [ -r "$key" ] && keyed=1; done
	if [ "$uid" != 0 ] && [ -z "$keyed" ]; then
		specs=
		for name in 'sshd -T' 'sshd -T -f /dev/null'; do
			begin sshd cmd "$name"
			end denied
		done
	else
		run sshd 'sshd -T' 10 sshd -T -f "$config" $nowhere
		run sshd 'sshd -T -f /dev/null' 10 sshd -T -f /dev/null
	fi
	count=0
	tried=' '
	for spec in $specs; do
		case $tried in *" $spec "*) continue ;; esac
		tried="$tried$spec "
		count=$((count + 1))
		[ $count -gt 8 ] && break
		run sshd "sshd -T -C $spec" 10 sshd -T -f "$config" -C "$spec"
	done
	filter=
	stats sshd /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_ecdsa_key /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_dsa_key $keys
}

# connection CRITERIA...: a connection that meets a Match line, as sshd -C wants
# it; nothing where none can be made up.
connection() {
	user=root host=localhost addr=127.0.0.1 laddr=127.0.0.1 lport=22
	while [ $# -ge 2 ]; do
		value=${2%%,*}
		case $1 in
		[uU][sS][eE][rR]) user=${value%%[*?]*} ;;
		[hH][oO][sS][tT]) host=${value#\*.} ;;
		[aA][dD][dD][rR][eE][sS][sS]) addr=${value%%/*} ;;
		[lL][oO][cC][aA][lL][aA][dD][dD][rR][eE][sS][sS]) laddr=${value%%/*} ;;
		[lL][oO][cC][aA][lL][pP][oO][rR][tT]) lport=$value ;;
		*) return ;;
		esac
		shift 2
	done
	[ $# -eq 0 ] || return
	case $user$host$addr$laddr$lport in *[!A-Za-z0-9.:_-]* | -*) return ;; esac
	printf 'user=%s,host=%s,addr=%s,laddr=%s,lport=%s ' "${user:-root}" "${host:-localhost}" "$addr" "$laddr" "$lport"
}

# reduced FIELDS: passwd-like lines, the password replaced by its state and the
# name of its hash; FIELDS more fields are kept. No hash passes.
reduced() {
	if ! command -v awk >/dev/null 2>&1; then return 127; fi
	awk -F: -v keep="$1" '
	function hash(p) {
		if (p ~ /^\$y\$/) return "yescrypt"
		if (p ~ /^\$gy\$/) return "gost-yescrypt"
		if (p ~ /^\$7\$/) return "scrypt"
		if (p ~ /^\$2[abxy]?\$/) return "bcrypt"
		if (p ~ /^\$6\$/) return "sha512"
		if (p ~ /^\$5\$/) return "sha256"
		if (p ~ /^\$sha1/) return "sha1"
		if (p ~ /^\$1\$/) return "md5"
		if (p ~ /^\$md5/) return "sunmd5"
		if (p ~ /^\$3\$/) return "nt"
		if (p ~ /^\$argon2/) return "argon2"
		if (p ~ /^_/ && length(p) == 20) return "bsdi"
		if (length(p) == 13 && p !~ /[^.\/0-9A-Za-z]/) return "des"
		if (p ~ /^\$/ || length(p) > 13) return "unknown"
		return ""
	}
	function state(p,   locked, h) {
		if (p == "") return "empty"
		if (p == "x") return "x"
		locked = "set"
		if (p ~ /^!/) { locked = "locked"; sub(/^!+/, "", p) }
		if (p ~ /^\*/) return "none"
		h = hash(p)
		if (h == "") return "none"
		return locked " " h
	}
	NF < 2 { print (/^[+-]/ ? substr($0, 1, 1) : (/^#/ ? "#" : "")); next }
	{
		row = $1 ":" state($2)
		for (i = 3; i <= keep; i++) row = row ":" $i
		print row
	}'
}

collect_accounts() {
	file accounts /etc/passwd reduced 7
	file accounts /etc/group reduced 4
	file accounts /etc/shadow reduced 8
	file accounts /etc/gshadow reduced 2
	file accounts /etc/login.defs
}

collect_sudo() {
	run sudo 'sudo -V' 5 sudo -V
	if ! command -v sudo >/dev/null 2>&1; then return; fi
	seen=' '
	level=0
	newline='
'
	set -- /etc/sudoers
	while [ $# -gt 0 ] && [ $level -lt 17 ]; do
		level=$((level + 1))
		fresh=
		for path; do
			case $path in *[[:cntrl:]]* | *' '*) continue ;; esac
			case $seen in *" $path "*) continue ;; esac
			seen="$seen$path "
			file sudo "$path"
			[ -f "$path" ] && [ -r "$path" ] && fresh="$fresh $path"
		done
		set --
		[ -n "$fresh" ] || break
		words=$(sed -n 's/^[[:space:]]*[@#]include\(dir\)\{0,1\}[[:space:]]\{1,\}"\{0,1\}\([^"[:space:]]*\).*/\1 \2/p' $fresh | head -c 65536)
		IFS=$newline
		set -f
		for row in $words; do
			unset IFS
			path=${row#* }
			case $path in
			/*) ;;
			*) path=/etc/$path ;;
			esac
			case $row in
			dir*)
				case $seen in *" dir:$path "*) continue ;; esac
				seen="${seen}dir:$path "
				set +f
				dir sudo "$path" '*'
				for entry in "$path"/*; do [ -f "$entry" ] && set -- "$@" "$entry"; done
				set -f
				;;
			*) set -- "$@" "$path" ;;
			esac
			IFS=$newline
		done
		unset IFS
		set +f
	done
	run sudo 'visudo -c' 10 visudo -c
}

# without_credentials: fstab without passwords in its options.
without_credentials() { sed 's/\([pP][aA][sS][sS][A-Za-z]*=\)[^,[:space:]]*/\1***/g'; }

collect_mounts() {
	file mounts /proc/self/mountinfo without_credentials
	file mounts /etc/fstab without_credentials
	for folder in /etc /run /usr/local/lib /usr/lib; do
		confdir mounts $folder/systemd/system '*.mount' without_credentials
		confdir mounts $folder/systemd 'system/*.mount.d/*.conf' without_credentials
	done
	begin mounts cmd wanted
	for entry in /etc/systemd/system/*.wants/*.mount /etc/systemd/system/*.requires/*.mount \
		/run/systemd/system/*.wants/*.mount /usr/lib/systemd/system/*.wants/*.mount /usr/lib/systemd/system/*.requires/*.mount; do
		[ -L "$entry" ] && printf '%s\n' "${entry##*/}"
	done
	end 0
}

collect_modules() {
	file kernel_modules /proc/modules
	release=
	[ -r /proc/sys/kernel/osrelease ] && read -r release </proc/sys/kernel/osrelease
	begin kernel_modules cmd release
	printf '%s\n' "$release"
	end 0
	tree=/lib/modules/$release
	file kernel_modules $tree/modules.builtin
	modules='(cramfs|freevxfs|hfs|hfsplus|jffs2|udf|squashfs|overlay|usb[-_]storage|dccp|dccp_ipv4|dccp_ipv6|tipc|rds|sctp|afs|ceph|cifs|exfat|ext2|fat|vfat|msdos|fscache|fuse|gfs2|nfs|nfsd|nfs_common|ksmbd|smbfs_common|minix|qnx4|qnx6|sysv|ufs|romfs|reiserfs|jfs|ntfs|ntfs3|f2fs|erofs|firewire[-_]core|firewire[-_]ohci|thunderbolt|bluetooth|btusb|uvcvideo|floppy|pcspkr|can|atm|ax25|netrom|rose|x25|decnet|appletalk|ipx|p8022|p8023|psnap|llc|n[-_]hdlc|vivid|algif_aead|af_key|mac80211|cfg80211)'
	file kernel_modules $tree/modules.dep grep -E "^[^:]*/${modules}[.]ko"
	file kernel_modules $tree/modules.alias grep -E "^alias (fs-|net-pf-)[^ ]* ${modules}\$"
	for folder in /etc /run /usr/local/lib /usr/lib; do confdir kernel_modules $folder/modprobe.d '*.conf'; done
	if [ -L /lib ]; then
		begin kernel_modules dir /lib/modprobe.d
		end absent
	else
		confdir kernel_modules /lib/modprobe.d '*.conf'
	fi
}

collect_packages() {
	if [ -f /var/lib/dpkg/status ]; then
		run packages dpkg-query 20 dpkg-query -W -f '${Status}\t${Package}\t${Version}\n'
	elif [ -f /lib/apk/db/installed ]; then
		run packages apk 20 grep '^[PV]:' /lib/apk/db/installed
	else
		run packages rpm 60 rpm -qa --qf '%{NAME}\t%{EVR}\n'
	fi
}

collect_services() {
	begin services cmd running
	[ -d /run/systemd/system ] && echo yes
	end 0
	[ -d /run/systemd/system ] || return
	types=--type=service,socket,timer,mount,automount,path,target
	run services list-unit-files 30 systemctl list-unit-files $types --no-pager --no-legend --plain --full
	run services list-units 30 systemctl list-units --all $types --no-pager --no-legend --plain --full
}

collect_files() {
	stats files /etc/passwd /etc/passwd- /etc/shadow /etc/shadow- /etc/group /etc/group- /etc/gshadow /etc/gshadow- \
		/etc/security /etc/security/opasswd /etc/security/opasswd.old /etc/shells \
		/etc/ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/ssh/sshd_config.d/*.conf /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub \
		/etc/sudoers /etc/sudoers.d /etc/sudoers.d/* /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly \
		/etc/cron.monthly /etc/cron.yearly /etc/cron.allow /etc/cron.deny /etc/at.allow /etc/at.deny /var/spool/cron /var/spool/cron/crontabs \
		/etc/motd /etc/issue /etc/issue.net /etc/hosts.allow /etc/hosts.deny /etc/hosts.equiv /root/.rhosts /etc/shosts.equiv \
		/boot /boot/grub/grub.cfg /boot/grub/user.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg /boot/efi/EFI/*/grub.cfg \
		/etc/grub.d /etc/default/grub /root /root/.ssh /root/.ssh/authorized_keys /tmp /var/tmp /dev/shm /home /var/log /var/log/audit \
		/etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/login.defs /etc/fstab /etc/sysctl.conf /etc/sysctl.d /etc/modprobe.d \
		/etc/pam.d /etc/audit /etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d /etc/rsyslog.conf /etc/systemd/journald.conf \
		/etc/gitlab /etc/gitlab/gitlab.rb /etc/gitlab/gitlab-secrets.json /etc/docker /etc/docker/daemon.json /var/run/docker.sock /run/docker.sock \
		/usr/bin/sudo /usr/bin/su /usr/sbin/sshd
}

collect </dev/null
exit 0
