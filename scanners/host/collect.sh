# shellcheck shell=sh disable=SC2154,SC2086,SC3013
# Sends what the host scanner reads, in frames (see frames.go), and writes nothing.
# Runs in dash, bash and busybox ash. Set before it: nonce, sections, max, packed, and
# image where the system does not run.
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

	# A distant reader wants it packed, where there is a gzip that works. In parts: what
	# hangs holds up its own alone.
	[ "$packed" = yes ] && gzip -1 </dev/null >/dev/null 2>&1 || packed=
	pack collect_base
	pack collect_system
	pack collect_daemons
	pack collect_rest
	printf '\n%s done\n' "$nonce"
}

pack() {
	if [ -n "$packed" ]; then
		printf '\n%s gzip\n' "$nonce"
		"$1" | gzip -1
	else
		"$1"
	fi
}

collect_base() {
	want os && collect_os
	want kernel && collect_kernel
	want sysctl && collect_sysctl
	want sshd && collect_sshd
	want accounts && collect_accounts
}

collect_system() {
	want sudo && collect_sudo
	want mounts && collect_mounts
	want kernel_modules && collect_modules
	want packages && collect_packages
	want services && collect_services
}

collect_daemons() {
	want files && collect_files
	want trusted && collect_trusted
	want logging && collect_logging
	want time && collect_time
	want cron && collect_cron
	want banners && collect_banners
	want updates && collect_updates
	want pam && collect_pam
	want limits && collect_limits
	want shells && collect_shells
	want mac && collect_mac
	want crypto && collect_crypto
	want systemd && collect_systemd
	want boot && collect_boot
	want firewall && collect_firewall
	want listeners && collect_listeners
	want network && collect_network
}

collect_rest() {
	want homes && collect_homes
	want aide && collect_aide
	want audit && collect_audit
	want ssh_client && collect_ssh_client
	want gdm && collect_gdm
	want aide_rules && collect_aide_rules
	want walk && collect_walk
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

# above PATH...: the paths and the folders above them, in $known.
above() {
	known=' '
	for path; do
		case $path in *:*) continue ;; esac # where it is written
		path=${path%/}
		while :; do
			case $path in /?*) ;; *) break ;; esac
			case $known in *" $path "*) break ;; esac
			known="$known$path "
			path=${path%/*}
		done
	done
}

# lines SECTION PATH...: which of these files are there, and their lines without
# comments and blank ones, or those that match $keep, as PATH:NUMBER:TEXT.
keep=
lines() {
	section=$1
	shift
	begin "$section" cmd files
	count=$#
	for entry; do
		case $entry in
		*[[:cntrl:]:]*) state=odd ;;
		*)
			if [ -f "$entry" ] || [ -c "$entry" ]; then
				state=there
				[ -r "$entry" ] || state=denied
			elif [ -e "$entry" ]; then
				state=odd
				[ -d "$entry" ] && continue
			elif absent "$entry"; then
				state=absent
			else
				state=denied
			fi
			;;
		esac
		case $entry in
		*[*]*) # a pattern that matched nothing
			[ "$state" = there ] || {
				[ -d "${entry%/*}" ] && [ ! -r "${entry%/*}" ] && printf 'denied %s\n' "$entry"
				continue
			}
			;;
		esac
		case $entry in
		*[[:cntrl:]]*) printf 'odd %s\n' "${entry%%[[:cntrl:]]*}?" ;;
		*) printf '%s %s\n' "$state" "$entry" ;;
		esac
		[ $state = there ] && set -- "$@" "$entry"
	done
	end 0
	shift "$count"
	[ $# -gt 0 ] || set -- /dev/null
	if [ -n "$keep" ]; then
		run "$section" lines 10 grep -snHE "$keep" "$@"
	else
		run "$section" lines 10 grep -snHEv '^[[:space:]]*(#|$)' "$@"
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
	if [ -n "$image" ]; then
		for entry in /boot/vmlinu[xz]* /lib/modules/*/vmlinuz /usr/lib/modules/*/vmlinuz; do
			[ -f "$entry" ] && printf 'kernel %s\n' "$entry" && break
		done
	fi
	printf 'init %s\n' "$comm"
	printf 'uid %s\n' "$uid"
	printf 'time %s\n' "$(date +%s)"
	end 0
}

collect_kernel() {
	run kernel 'uname -m' 5 uname -m
	dir kernel /sys/kernel/security '*'
	dir kernel /sys/firmware efi
	filter=arguments_head
	run kernel files 5 grep -sH '' /proc/sys/kernel/osrelease /proc/sys/kernel/version /proc/cmdline \
		/sys/kernel/security/lockdown /sys/kernel/security/lsm /sys/devices/system/cpu/vulnerabilities/*
	filter=
}

# without_comments: lines, those of comments empty, so that the others keep their numbers.
without_comments() { sed 's/^[[:space:]]*#.*/#/'; }

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
	for folder in /etc /run /usr/local/lib /usr/lib; do confdir sysctl $folder/sysctl.d '*.conf' without_comments; done
	if [ -L /lib ]; then
		begin sysctl dir /lib/sysctl.d
		end absent
	else
		confdir sysctl /lib/sysctl.d '*.conf' without_comments
	fi
	file sysctl /etc/sysctl.conf without_comments
	file sysctl /etc/ufw/ufw.conf
	file sysctl /etc/default/ufw
	file sysctl /etc/ufw/sysctl.conf
	begin sysctl cmd systemd
	for entry in /usr/lib/systemd/systemd-sysctl /lib/systemd/systemd-sysctl; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
}

# without_commands: sshd_config, or what sshd -T tells of it, less its comments, the values that
# SetEnv sets, and the arguments of commands: of those the program stays, where it is a plain word.
sshd_commands='([fF][oO][rR][cC][eE]|[aA][uU][tT][hH][oO][rR][iI][zZ][eE][dD]([kK][eE][yY][sS]|[pP][rR][iI][nN][cC][iI][pP][aA][lL][sS]))[cC][oO][mM][mM][aA][nN][dD]'
without_commands() {
	sed -E "s/^[[:space:]]*#.*/#/
		s,^([[:space:]\"]*[sS][eE][tT][eE][nN][vV][[:space:]\"=][^=]*=).*,\\1***,
		s,^([[:space:]\"]*$sshd_commands\"?[[:space:]=]+\"?[A-Za-z0-9_./%@+-]+\"?)[[:space:]]+[^[:space:]].*,\\1 ***,
		s,^([[:space:]\"]*$sshd_commands\"?[[:space:]=]+)[^[:space:]]*[^A-Za-z0-9_./%@+\"[:space:]-].*,\\1***,"
}
commands_head() { without_commands | "$@"; }

# without_variables: lines of units without the values of variables but those that hold
# options, and without those that SetEnv sets and the commands that options name.
without_variables() {
	known='(SSHD_OPTS|OPTIONS|PERMITROOTLOGIN|CRYPTO_POLICY)='
	line=':[0-9]+:[[:space:]]*Environment[[:space:]]*='
	sed -E "s/($line).*([\"'])($known[^\"']*)[\"'].*/\\1\\2\\3\\2/
		s/($line)(.*[[:space:]])?($known[^[:space:]\"]*).*/\\1\\3/
		/$line[[:space:]\"']*$known/!s/($line[^=]*=).*/\\1***/
		s/([sS][eE][tT][eE][nN][vV][[:space:]=]+[^=[:space:]]*=)[^[:space:]]*/\\1***/g
		s/(\"(-o)?[[:space:]]*$sshd_commands[[:space:]=]+)[^\"]*/\\1***/g
		s/('(-o)?[[:space:]]*$sshd_commands[[:space:]=]+)[^']*/\\1***/g
		s/($sshd_commands=)[^[:space:]\"']*/\\1***/g"
}

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
	options=$(grep -snH '^[[:space:]]*\(ExecStart\|Environment\|EnvironmentFile\|SSHD_OPTS\|OPTIONS\|PERMITROOTLOGIN\|CRYPTO_POLICY\)[[:space:]]*=' \
		"$@" /etc/default/ssh /etc/sysconfig/ssh /etc/sysconfig/sshd /etc/sysconfig/sshd-permitrootlogin /etc/conf.d/sshd /etc/crypto-policies/back-ends/opensshserver.config | without_variables | head -c 65536)
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
	reduce=
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
			file sshd "$path" without_commands
			[ -f "$path" ] && [ -r "$path" ] && fresh="$fresh $path"
		done
		set --
		[ -n "$fresh" ] || break
		words=$(sed -n 's/["\r]/ /g
			s/^[[:space:]]*[iI][nN][cC][lL][uU][dD][eE][[:space:]=]/include /p
			s/^[[:space:]]*[mM][aA][tT][cC][hH][[:space:]=]/match /p
			s/^[[:space:]]*[hH][oO][sS][tT][kK][eE][yY][[:space:]=]/hostkey /p
			s/^[[:space:]]*[sS][eE][tT][eE][nN][vV][[:space:]=].*/reduce/p
			s/^[[:space:]]*[a-zA-Z]*[cC][oO][mM][mM][aA][nN][dD][[:space:]=].*/reduce/p' $fresh | head -c 65536)
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
			reduce) reduce=1 ;;
			esac
			IFS=$newline
		done
		unset IFS
		set +f
	done

	[ -n "$reduce" ] && filter=commands_head
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
	# Public keys lie beside their host keys, and tell kind and size.
	begin sshd cmd 'public keys'
	for key in /etc/ssh/ssh_host_*_key $keys; do
		case $key in *[[:cntrl:]]*) continue ;; esac
		kind=
		blob=
		[ -f "$key.pub" ] && [ -r "$key.pub" ] && read -r kind blob rest <"$key.pub"
		case $kind in ssh-* | ecdsa-*) printf '%s %s %s\n' "$kind" "$blob" "$key" ;; esac
	done
	end 0
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
	file accounts /etc/login.defs without_comments
}

# without_arguments_of: sudoers without its comments, and without the arguments of commands:
# of those, options, paths and that there is a wildcard stay. A masked word stays a word.
without_arguments_of() {
	awk '
	function kept(w) {
		if (w == "\"\"" || w ~ /^--?[A-Za-z]$|^--[a-z-]+$/ || w ~ /^\/[]A-Za-z0-9._\/@+*?[-]*$/) return w
		gsub(/\\./, "", w)
		return w ~ /[*?[]/ ? "*" : "***"
	}
	{
		rest = $0
		if (!more) {
			inside = 0
			whole = rest ~ /^[ \t]*([@#]include|Defaults)/
			if (!whole && rest ~ /^[ \t]*#/ && rest !~ /^[ \t]*#-?[0-9]/) { print "#"; next }
		}
		more = rest ~ /\\[ \t\r]*$/
		if (whole) { print rest; next }
		out = ""
		while (rest != "") {
			if (!inside) {
				if (!match(rest, /(^|[=,:!) \t])\/(\\.|[^ \t,:=#\\])*/)) { out = out rest; break }
				inside = substr(rest, 1, RSTART) !~ /(CWD|CHROOT)[ \t]*=$/
				out = out substr(rest, 1, RSTART + RLENGTH - 1)
				rest = substr(rest, RSTART + RLENGTH)
				continue
			}
			if (substr(rest, 1, 1) == "#") { out = out "#"; break }
			if (match(rest, /^\^(\\.|[^,:\\])*\$/)) out = out "^.*$"
			else if (match(rest, /^(\\[^\r]|[^ \t\r,:#\\])+/)) out = out kept(substr(rest, 1, RLENGTH))
			else {
				RLENGTH = 1
				if (rest ~ /^[,:]/) inside = 0
				out = out substr(rest, 1, 1)
			}
			rest = substr(rest, RLENGTH + 1)
		}
		print out
	}'
}

collect_sudo() {
	run sudo 'sudo -V' 5 sudo -V
	if ! command -v sudo >/dev/null 2>&1; then return; fi
	seen=' '
	level=0
	programs=' '
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
			file sudo "$path" without_arguments_of
			[ -f "$path" ] && [ -r "$path" ] && fresh="$fresh $path"
		done
		set --
		[ -n "$fresh" ] || break
		words=$(awk '
			/^[ \t]*[@#]include(dir)?[ \t]/ {
				kind = /^[ \t]*.includedir/ ? "dir" : ""
				sub(/^[ \t]*.include(dir)?[ \t]+"?/, "")
				sub(/[" \t\r].*/, "")
				print kind " " $0
				next
			}
			/^[ \t]*(#|Defaults)/ { next }
			{
				while (match($0, /(^|[=,:!) \t])\/[^] \t\r,:=#"*?[\\]+/)) {
					path = substr($0, RSTART, RLENGTH)
					sub(/^[^\/]*/, "", path)
					print "path " path
					$0 = substr($0, RSTART + RLENGTH)
				}
			}' $fresh | head -c 65536)
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
			path*)
				[ ${#programs} -lt 16384 ] || path=
				while :; do
					path=${path%/}
					case $path in /?*) ;; *) break ;; esac
					case $programs in *" $path "*) break ;; esac
					programs="$programs$path "
					path=${path%/*}
				done
				;;
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
	# What rules let run, with the folders above it.
	set -f
	set -- $programs
	set +f
	[ $# -eq 0 ] || stats sudo "$@"
	begin sudo cmd sources
	for path in /etc/nsswitch.conf /etc/sudo.conf; do
		[ -f $path ] && [ -r $path ] && while read -r key row || [ -n "$key" ]; do
			case $key in sudoers | sudoers:* | Plugin) printf '%s %s\n' "$key" "$row" ;; esac
		done <$path
	done
	end 0
	run sudo 'visudo -c' 10 visudo -c
}

# without_credentials: fstab without passwords and keys in its options and addresses.
without_credentials() {
	sed -E 's#(^|[[:space:]])([A-Za-z0-9+.-]*://)?[^/@:,[:space:]]*:[^/@[:space:]]*@#\1\2***@#
		s/(([pP][aA][sS][sS][A-Za-z]*|[sS][eE][cC][rR][eE][tT]|[tT][oO][kK][eE][nN]|[kK][eE][yY])=)[^,[:space:]]*/\1***/g'
}

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

# kmod_lines: lines, those of comments empty; a line that ends in a backslash goes on.
kmod_lines() { awk '!more && /^[ \t]*#/ && !/\\$/ { print "#"; next } { more = /\\$/; print }'; }

collect_modules() {
	file kernel_modules /proc/modules
	release=
	[ -r /proc/sys/kernel/osrelease ] && read -r release </proc/sys/kernel/osrelease
	begin kernel_modules cmd release
	printf '%s\n' "$release"
	end 0
	begin kernel_modules cmd blacklist
	row=
	[ -r /proc/cmdline ] && read -r row </proc/cmdline
	for word in $row; do
		case $word in modprobe.blacklist=* | module_blacklist=*) printf '%s\n' "$word" ;; esac
	done
	end 0
	tree=/lib/modules/$release
	file kernel_modules $tree/modules.builtin
	modules='(cramfs|freevxfs|hfs|hfsplus|jffs2|udf|squashfs|overlay|usb[-_]storage|dccp|dccp_ipv4|dccp_ipv6|tipc|rds|sctp|afs|ceph|cifs|exfat|ext2|fat|vfat|msdos|fscache|fuse|gfs2|nfs|nfsd|nfs_common|ksmbd|smbfs_common|minix|qnx4|qnx6|sysv|ufs|romfs|reiserfs|jfs|ntfs|ntfs3|f2fs|erofs|firewire[-_]core|firewire[-_]ohci|thunderbolt|bluetooth|btusb|uvcvideo|floppy|pcspkr|can|atm|ax25|netrom|rose|x25|decnet|appletalk|ipx|p8022|p8023|psnap|llc|n[-_]hdlc|vivid|algif_aead|af_key|mac80211|cfg80211)'
	file kernel_modules $tree/modules.dep grep -E "^[^:]*/${modules}[.]ko"
	file kernel_modules $tree/modules.alias grep -E "^alias (fs-|net-pf-)[^ ]* ${modules}\$"
	for folder in /etc /run /usr/local/lib /usr/lib; do confdir kernel_modules $folder/modprobe.d '*.conf' kmod_lines; done
	if [ -L /lib ]; then
		begin kernel_modules dir /lib/modprobe.d
		end absent
	else
		confdir kernel_modules /lib/modprobe.d '*.conf' kmod_lines
	fi
}

# dpkg_list: STATUS, NAME and VERSION of each package, of dpkg's list of them.
dpkg_list() {
	awk '
	function put() { if (name != "") print status "\t" name "\t" version; name = status = version = "" }
	/^Package: / { name = $2 }
	/^Status: / { status = $2 " " $3 " " $4 }
	/^Version: / { version = $2 }
	/^$/ { put() }
	END { put() }'
}

collect_packages() {
	set -- /var/lib/dpkg/updates/[0-9]*
	if [ -e "$1" ]; then # dpkg was interrupted, and the list is not up to date
		run packages dpkg-query 20 dpkg-query -W -f '${Status}\t${Package}\t${Version}\n'
	elif [ -s /var/lib/dpkg/status ]; then # empty where the system is of rpm, and dpkg a guest
		file packages /var/lib/dpkg/status dpkg_list
	elif [ -f /lib/apk/db/installed ]; then
		run packages apk 20 grep '^[PV]:' /lib/apk/db/installed
	else
		run packages rpm 60 rpm -qa --qf '%{NAME}\t%{EVR}\n'
	fi
}

# units_head: units without their descriptions, and without columns.
units_head() { sed -E 's/^( *[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+) .*/\1/;s/  +/ /g' | "$@"; }

collect_services() {
	begin services cmd running
	[ -d /run/systemd/system ] && echo yes
	end 0
	[ -d /run/systemd/system ] || return
	types=--type=service,socket,timer,mount,automount,path,target
	filter=units_head
	run services list-unit-files 30 systemctl list-unit-files $types --no-pager --no-legend --plain --full
	run services list-units 30 systemctl list-units --all $types --no-pager --no-legend --plain --full
	filter=
	# Names that stand for other units: links to them.
	set --
	for entry in /etc/systemd/system/*.* /run/systemd/system/*.* /run/systemd/generator*/*.* /usr/local/lib/systemd/system/*.* /usr/lib/systemd/system/*.*; do
		[ -L "$entry" ] && [ -f "$entry" ] && set -- "$@" "$entry"
	done
	if [ $# -gt 0 ]; then
		run services links 5 stat -c %N "$@"
	else
		run services links 5 true
	fi
	# What a boot starts though systemctl does not call it enabled: scripts of old, what
	# packages link themselves, and instances of templates.
	begin services cmd wanted
	for entry in /run/systemd/generator*/*.wants/*.service /usr/lib/systemd/system/multi-user.target.wants/* /usr/lib/systemd/system/graphical.target.wants/* \
		/usr/lib/systemd/system/sockets.target.wants/* /etc/systemd/system/*.wants/*@?*.*; do
		name=${entry##*/}
		case $name in *'*'* | systemd-* | *getty* | dbus* | *[[:cntrl:]]*) continue ;; esac
		[ -L "$entry" ] && printf '%s\n' "$name"
	done
	end 0
}

# without_logins [EXPRESSION]: standard input without user and password in addresses,
# and without keys and tokens in their queries.
without_logins() {
	sed -E "$1"'
		s#://[^/[:space:]]*@#://***@#g
		s/([?&][A-Za-z_-]*([pP][aA][sS][sS][A-Za-z]*|[sS][eE][cC][rR][eE][tT]|[tT][oO][kK][eE][nN]|[kK][eE][yY]|[sS][iI][gG])=)[^&[:space:]]*/\1***/g'
}

# settings_lines: without logins, headers, and what comments say but for defaults in them.
settings_lines() {
	without_logins '/^#[A-Z][A-Za-z]*=/!s/^[[:space:]]*[#;].*/#/
		s/^([#[:space:]]*Header[[:space:]]*=).*/\1***/'
}

# settings SECTION NAME...: systemd's configuration files NAME and NAME.d/*.conf, through
# $settings_reader or settings_lines.
settings_reader=
settings() {
	kept=$1
	shift
	for folder in /etc /run /usr/local/lib /usr/lib; do
		begin "$kept" dir $folder/systemd
		state=0
		for name; do
			[ -d $folder/systemd/$name.d ] && [ ! -r $folder/systemd/$name.d ] && state=denied
			for entry in $folder/systemd/$name $folder/systemd/$name.d/*.conf; do
				[ -e "$entry" ] || [ -L "$entry" ] || continue
				case $entry in
				*[[:cntrl:]]*) state=odd ;;
				*) printf '%s\n' "$entry" ;;
				esac
			done
		done
		end "$state"
		for name; do
			for entry in $folder/systemd/$name $folder/systemd/$name.d/*.conf; do
				case $entry in *[[:cntrl:]]*) continue ;; esac
				if [ -e "$entry" ] || [ -L "$entry" ]; then file "$kept" "$entry" "${settings_reader:-settings_lines}"; fi
			done
		done
	done
}

# follow SECTION TOPIC READER EXPRESSION FILE...: the files and what they include,
# level by level. READER prints the lines of files as FILE:LINE:TEXT; of their text,
# sed's EXPRESSION prints the patterns that they include.
follow() {
	kept=$1
	topic=$2
	reader=$3
	expression=$4
	shift 4
	seen=' '
	level=0
	while [ $# -gt 0 ] && [ $level -lt 10 ]; do
		level=$((level + 1))
		fresh=
		begin "$kept" cmd "$topic files $level"
		for path; do
			case $path in *[[:cntrl:]:\ ]*)
				echo odd
				continue
				;;
			esac
			case $seen in *" $path "*) continue ;; esac
			seen="$seen$path "
			if [ -f "$path" ] && [ -r "$path" ]; then
				fresh="$fresh $path"
				printf 'file %s\n' "$path"
			elif [ -c "$path" ]; then
				printf 'file %s\n' "$path"
			elif [ -f "$path" ]; then
				printf 'denied %s\n' "$path"
			elif [ -e "$path" ]; then
				printf 'odd %s\n' "$path"
			elif absent "$path"; then
				printf 'absent %s\n' "$path"
			else
				printf 'denied %s\n' "$path"
			fi
		done
		end 0
		set --
		[ -n "$fresh" ] || break
		begin "$kept" cmd "$topic lines $level"
		{
			$reader $fresh
			end $?
		} | head -c "$max"
		end 125
		[ -n "$expression" ] || break
		words=$(sed -n "$expression" $fresh | head -c 65536)
		set -f
		for pattern in $words; do
			case $pattern in *[[:cntrl:]]*) continue ;; esac
			case $seen in *" glob:$pattern "*) continue ;; esac
			seen="${seen}glob:$pattern "
			set +f
			begin "$kept" dir "$topic $pattern"
			[ -d "$pattern" ] && pattern="${pattern%/}/*"
			state=0
			absent "${pattern%/*}/x" || state=denied
			[ -d "${pattern%/*}" ] && [ ! -r "${pattern%/*}" ] && state=denied
			for entry in $pattern; do
				[ -e "$entry" ] || [ -L "$entry" ] || continue
				case $entry in
				*[[:cntrl:]:]* | *' '*) state=odd ;;
				*)
					printf '%s\n' "$entry"
					set -- "$@" "$entry"
					;;
				esac
			done
			end $state
			set -f
		done
		set +f
	done
}
# `set -- $fresh` is split at blanks: names with blanks are left out above.
all_lines() { grep -snH '' "$@" || [ $? -eq 1 ]; }

# rsyslog_lines: statements by their first lines, joined where a backslash ends them,
# without comments, templates, and strings but those of parameters and directives that
# are read: some are passwords and tokens. It reads as rsyslog's own lexer does; what
# that refuses becomes ***, and what never ends a line that is open.
rsyslog_lines() {
	awk '
	BEGIN {
		n = split("type target port protocol streamdriver streamdriver.mode streamdriver.name streamdriver.authmode streamdrivermode streamdriverauthmode streamdriverpermittedpeers streamdriver.permittedpeers defaultnetstreamdriver load name file dynafile filecreatemode umask address ruleset tls tls.authmode mode path socket config.enabled syssock.use action.execonlywhenpreviousissuspended", names, " ")
		for (i = 1; i <= n; i++) keep[names[i]] = 1
		n = split("modload includeconfig filecreatemode umask actionsendstreamdriver actionsendstreamdrivermode actionsendstreamdriverauthmode actionsendstreamdriverpermittedpeer defaultnetstreamdriver inputtcpserverrun inputtcpserverstreamdrivermode inputtcpserverstreamdriverauthmode inputptcpserverrun inputrelpserverrun udpserverrun udpserveraddress resetconfigvariables ruleset defaultruleset inputtcpserverbindruleset inputudpserverbindruleset omitlocallogging actionexeconlywhenpreviousissuspended", names, " ")
		for (i = 1; i <= n; i++) kept[names[i]] = 1
	}
	# at: the text begins so, in small letters; take and skip: that much of it.
	function at(form) { return match(tolower(text), "^" form) }
	function take() { out = out substr(text, 1, RLENGTH); skip() }
	function skip() { text = substr(text, RLENGTH + 1) }
	function hide(mark) { if (text ~ /[^ \t]/) out = out mark; text = "" }
	function masked(line) {
		text = line
		out = ""
		while (text != "") {
			if (remark) {
				if (!(RLENGTH = index(text, "*/"))) return out
				RLENGTH++
				skip()
				out = out "/**/"
				remark = 0
			} else if (quote != "") {
				if (!at("([^\\\\" quote "]|\\\\.)*" quote)) { if (shown) out = out text; return out }
				if (shown) take(); else skip()
				quote = ""
				given = 0
			} else if (at("[ \t]+")) take()
			else if (at("#")) text = ""
			else if (at("/[*]")) { skip(); remark = 1 }
			else if (state == "object") object()
			else if (state == "condition") condition()
			else start()
		}
		return out
	}
	function string() { # facilities and programs of logins tell what a condition drops
		if (at("[\"\047](auth|authpriv|security|sshd|sudo|su|login|systemd-logind)?[\"\047]")) { take(); return }
		quote = substr(text, RLENGTH = 1, 1)
		out = out quote (shown ? "" : "***" quote)
		skip()
	}
	function object() {
		if (at("[\"`\047]")) { shown = shown && at("\""); string() }
		else if (given && at("[^],=)\"`\\[ \t]+")) { out = out "***"; skip(); given = 0 }
		else if (at("[a-z][a-z0-9_.]*")) { shown = tolower(substr(text, 1, RLENGTH)) in keep; take() }
		else { if (at("=")) given = 1; if (at("[)]")) state = ""; at("."); take() }
	}
	function condition() {
		shown = 0
		if (at("[\"`\047]")) { string(); return }
		if (at("(then|do)") && !at("(then|do)[a-z0-9_]") || at(";")) state = ""
		if (at("[$][$!./]?[@a-z_]*[]!@a-z0-9_.[-]*") || at("[a-z0-9_]+") || at(".")) take()
	}
	function start() {
		if (at("[$][a-z]+")) {
			if (tolower(substr(text, 2, RLENGTH - 1)) in kept) { take(); at("[ \t]*[^ \t]*") }
			take()
			hide(" ***")
		} else if (at(":[$]?[a-z!_.-]+[ \t]*,[ \t]*!?[a-z]+[ \t]*,[ \t]*\"")) { RLENGTH--; take(); shown = 0; string() }
		else if (at("(if|foreach|set|unset|reset|call_indirect)[^a-z0-9_]")) { state = "condition"; RLENGTH--; take() }
		else if (at("[a-z_]+[ \t]*[(]")) { state = "object"; given = shown = 0; take() }
		else if (at("call[ \t]+[a-z0-9_.-]+") || at("[*a-z][*a-z0-9]*[.,][],!=;.*a-z0-9]+") || at("[{}&]") || !at("(stop|else|continue)[a-z0-9_]") && at("(stop|else|continue)")) take()
		else if (at(":(omusrmsg|omrelp|omfwd|omfile):[^ \t;]*") || at(":om[a-z0-9]+:") || at("-?[/|@?~*][^ \t;]*") || at("[a-z0-9_][a-z0-9_,;+-]*") || at("\\^")) { take(); text = "" }
		else hide("***")
	}
	function put() { if (20000 < length(whole)) whole = "***"; if (from != "" && (line = masked(whole)) ~ /[^ \t]/) { sub(/[ \t]+$/, "", line); print from ":" line }; from = whole = "" }
	function finish() { put(); if (remark || quote != "") print place ":/*"; remark = 0; quote = state = "" }
	FNR == 1 { finish() }
	{
		place = FILENAME ":" FNR
		if (from == "") from = place; else sub(/^[ \t]+/, "")
		sub(/[ \t\r]+$/, "")
		whole = whole $0
		if (sub(/\\$/, "", whole)) next
		put()
	}
	END { finish() }' "$@"
}

# logrotate_lines: without comments and the scripts that it runs.
logrotate_lines() {
	awk '
	FNR == 1 { script = 0 }
	/^[ \t]*endscript/ { script = 0 }
	!script && !/^[ \t]*#/ { sub(/[ \t]#.*/, ""); print FILENAME ":" FNR ":" $0 }
	/^[ \t]*(prerotate|postrotate|firstaction|lastaction|preremove)([ \t]|$)/ { script = 1 }' "$@"
}

# unit_lines SECTION NAME KEYS UNIT...: the lines of units and their drop-ins, and of
# files, that set KEYS.
unit_lines() {
	begin "$1" cmd "$2"
	words=$3
	shift 3
	for name; do
		shift
		case $name in /*)
			set -- "$@" $name
			continue
			;;
		esac
		for folder in /etc /run /usr/local/lib /usr/lib; do
			set -- "$@" $folder/systemd/system/$name.service $folder/systemd/system/$name.service.d/*.conf
		done
	done
	grep -snHE "^($words)[[:space:]]*=" "$@" | without_arguments | head -c 65536
	end 0
}

collect_logging() {
	settings logging journald.conf journal-upload.conf journal-remote.conf
	begin logging cmd present
	split= # /lib is a folder of its own on Debian systems that were never merged
	[ -L /lib ] || split=/lib/systemd/systemd-journald
	for entry in /usr/sbin/rsyslogd /usr/sbin/syslog-ng /usr/sbin/logrotate /var/log/journal /etc/cron.daily/logrotate \
		/usr/lib/systemd/systemd-journald /usr/lib/systemd/systemd-journal-upload $split \
		/etc/syslog-ng /etc/filebeat /etc/fluent-bit /etc/fluentd /etc/td-agent /etc/vector /etc/promtail /etc/alloy /etc/grafana-agent.yaml \
		/opt/splunkforwarder /etc/google-cloud-ops-agent /opt/aws/amazon-cloudwatch-agent /etc/datadog-agent /etc/otelcol /etc/nxlog /var/ossec/etc; do
		[ -e $entry ] && printf '%s\n' $entry
	done
	end 0
	if [ -e /usr/sbin/rsyslogd ]; then
		unit_lines logging 'rsyslog unit' 'UMask|ExecStart|SYSLOGD_OPTIONS' rsyslog /etc/sysconfig/rsyslog
		follow logging rsyslog rsyslog_lines 's/^[[:space:]]*\$[iI][nN][cC][lL][uU][dD][eE][cC][oO][nN][fF][iI][gG][[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p
			s/^.*include[[:space:]]*(.*file[[:space:]]*=[[:space:]]*"\([^"]*\)".*/\1/p' /etc/rsyslog.conf
		# Whether a log host takes what is sent by TCP; of its usual ports.
		grep -sqE '@@|omfwd|omrelp' /etc/rsyslog.conf /etc/rsyslog.d/* && run logging connections 5 ss -Htn state established \
			'( dport = :514 or dport = :601 or dport = :1514 or dport = :2514 or dport = :5140 or dport = :5514 or dport = :6514 or dport = :10514 or dport = :20514 )'
	fi
	if [ -e /usr/sbin/logrotate ]; then
		follow logging logrotate logrotate_lines 's/^[[:space:]]*include[[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p' /etc/logrotate.conf
	fi
	# What everybody may write, and what everybody may read of those that tell who does what.
	place=/var/log
	[ -L /var/log ] && place=/var/log/ # find follows it then
	run logging /var/log 10 find $place -xdev -maxdepth 6 '(' '(' -type f -o -type d ')' -perm -0002 -o -type f -perm -0004 '(' \
		-name 'auth.log*' -o -name 'secure*' -o -name 'syslog*' -o -name 'messages*' -o -name 'kern.log*' -o -name 'mail.log*' -o -name 'maillog*' \
		-o -name 'user.log*' -o -name 'daemon.log*' -o -name cron -o -name 'cron-*' -o -name 'cron.log*' -o -name 'btmp*' -o -name 'sudo.log*' \
		-o -name 'audit.log*' -o -name '*.journal' ')' ')' -exec stat -c '%a %u %g %s %U %G %F|%n' '{}' +
}

time_lines() { grep -snHiE '^[[:space:]]*(server|pool|peer|refclock|include|includefile|confdir|sourcedir|user)[[:space:]]' "$@" || [ $? -eq 1 ]; }

collect_time() {
	settings time timesyncd.conf
	begin time cmd present
	for entry in /usr/sbin/chronyd /usr/sbin/ntpd /usr/sbin/openntpd /usr/lib/systemd/systemd-timesyncd; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
	begin time cmd links
	grep -sh '^NTP=' /run/systemd/netif/links/* | head -c 4096
	end 0
	if [ -e /usr/sbin/chronyd ]; then
		unit_lines time 'chrony unit' 'ExecStart|User' chrony chronyd
		begin time cmd 'chrony options'
		grep -snHE '^[[:space:]]*(DAEMON_OPTS|OPTIONS)=' /etc/default/chrony /etc/sysconfig/chronyd | head -c 4096
		end 0
		config=/etc/chrony/chrony.conf
		[ -e $config ] || config=/etc/chrony.conf
		follow time chrony time_lines 's/^[[:space:]]*[iI][nN][cC][lL][uU][dD][eE][[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p
			/^[[:space:]]*[cC][oO][nN][fF][dD][iI][rR][[:space:]]/{s/^[[:space:]]*[^[:space:]]*//;s/[^[:space:]]\{1,\}/&\/*.conf/gp;}
			/^[[:space:]]*[sS][oO][uU][rR][cC][eE][dD][iI][rR][[:space:]]/{s/^[[:space:]]*[^[:space:]]*//;s/[^[:space:]]\{1,\}/&\/*.sources/gp;}' $config
		begin time cmd 'chrony process'
		state=0
		pid=
		for entry in /run/chrony/chronyd.pid /run/chronyd.pid /var/run/chrony/chronyd.pid; do
			[ -r $entry ] && read -r pid <$entry && break
		done
		case $pid in
		'' | *[!0-9]*) [ -d /run/chrony ] && [ ! -x /run/chrony ] && state=denied ;;
		*) grep -s -e '^Name:' -e '^Uid:' /proc/$pid/status ;;
		esac
		end $state
	fi
	if [ -e /usr/sbin/ntpd ]; then
		config=/etc/ntpsec/ntp.conf
		[ -e $config ] || config=/etc/ntp.conf
		follow time ntp time_lines 's/^[[:space:]]*includefile[[:space:]]\{1,\}\([^[:space:]]*\).*/\1/p
			s/^[[:space:]]*includefile[[:space:]]\{1,\}"\([^"]*\)".*/\1/p' $config
	fi
}

# awk_programs: the programs that a command line starts: the first word of a command,
# the script that an interpreter is given, and the folder that run-parts is given,
# which ends in a slash here. What is not a full path lies where `cd` went, at first cwd.
awk_programs='	function programs(text, cwd,   n, part, i, m, word, j, w, out, script) {
		gsub(/\\%/, "", text)
		sub(/%.*/, "", text)
		gsub(/[0-9]*\076\076?[&]?[ \t]*[^ \t;&|]*/, " ", text)
		gsub(/&&|\|\||[;|&(){}`]|\$\(/, "\n", text)
		n = split(text, part, "\n")
		out = ""
		for (i = 1; i <= n; i++) {
			m = split(part[i], word, /[ \t]+/)
			script = 0
			for (j = 1; j <= m; j++) {
				w = word[j]
				gsub(/["\047]/, "", w)
				if (w ~ /^-[a-z]*[ceEr]$/) script = 0 # code follows, no file
				if (w == "" || w ~ /^[A-Za-z_][A-Za-z0-9_]*=/ || w ~ /^-/ || w ~ /^[0-9.]+[smhd]?$/) continue
				if (w ~ /^(then|else|do|if|elif|while|until|!|exec|command|time|nohup|setsid|nice|ionice|timeout|chronic|env|sudo|eval)$/) continue
				sub(/^\/(usr\/)?bin\//, "/bin/", w)
				if (w ~ /^\/bin\/(nice|ionice|timeout|chronic|env|nohup|setsid|sudo)$/) continue
				if (w ~ /^(\/bin\/)?flock$/) { while (word[j + 1] ~ /^-/) j++; j++; continue }
				if (w ~ /^(\/bin\/)?(sh|bash|dash|zsh|ksh|perl|python[0-9.]*|php[0-9.]*|ruby|node|\.|source)$/) { script = 1; continue }
				if (w ~ /^(\/bin\/)?run-parts$/) {
					while (++j < m && word[j] ~ /^-/) if (word[j] ~ /^-[au]$/) j++
					w = word[j]
					gsub(/["\047]|\/+$/, "", w)
					if (w ~ /^\/etc\/cron\.(hourly|daily|weekly|monthly|yearly)$/) break # sent anyway
					w = w "/"
				}
				if (w == "cd") {
					cwd = word[j + 1]
					gsub(/["\047]/, "", cwd)
					break
				}
				if (w !~ /^\// && (script || w ~ /\//)) {
					sub(/^(\.\/)+/, "", w)
					sub(/\/+$/, "", cwd)
					w = cwd "/" w
				}
				if (w ~ /^\/[A-Za-z0-9._\/+@-]+$/) out = out " " w
				break
			}
		}
		return out
	}'

# cron_lines: of each job its user and the programs that it starts, of PATH its
# folders; arguments stay here, they may hold passwords.
cron_lines() {
	awk "$awk_programs"'
	/^[ \t]*(#|$)/ { next }
	/^[ \t]*["\047]?PATH["\047]?[ \t]*=/ {
		text = $0
		sub(/^[^=]*=/, "", text)
		gsub(/["\047 \t\r]/, "", text)
		gsub(/:/, " ", text)
		print FILENAME ":" FNR ":PATH " text
		next
	}
	/^[ \t]*["\047]?[A-Za-z_][A-Za-z0-9_]*["\047]?[ \t]*=/ { next }
	{
		text = $0
		fields = 5
		if (text ~ /^[ \t]*@/) fields = 1
		if (FILENAME == "/etc/anacrontab") fields = 3
		sub(/^[ \t]*/, "", text)
		for (i = 0; i < fields; i++) sub(/^[^ \t]+[ \t]+/, "", text)
		user = "root"
		if (FILENAME !~ /^\/var\/spool\// && fields != 3) {
			user = text
			sub(/[ \t].*/, "", user)
			sub(/^[^ \t]+[ \t]*/, "", text)
		}
		print FILENAME ":" FNR ":" user programs(text, "/root")
	}' "$@"
}

# sent_jobs: what cron_lines told of all files.
sent_jobs() { [ -z "$jobs" ] || printf '%s\n' "$jobs"; }

collect_cron() {
	begin cron cmd present
	for entry in /usr/sbin/cron /usr/sbin/crond /usr/sbin/atd /usr/bin/at /etc/debian_version; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
	set --
	for path in /etc/crontab /etc/anacrontab /etc/cron.d/* /var/spool/cron/crontabs/root /var/spool/cron/root; do
		case $path in *[[:cntrl:]:\ ]*) continue ;; esac
		[ -f "$path" ] && [ -r "$path" ] && set -- "$@" "$path"
	done
	jobs=
	[ $# -gt 0 ] && jobs=$(cron_lines "$@" | head -c 65536)
	set -- /etc/crontab
	for path in /etc/anacrontab /etc/cron.d/* /var/spool/cron/crontabs/root /var/spool/cron/root; do [ -f "$path" ] && set -- "$@" "$path"; done
	follow cron jobs sent_jobs '' "$@"
	words=
	newline='
'
	IFS=$newline
	set -f
	for row in $jobs; do
		case $row in *:root\ * | *:PATH\ *) words="$words ${row#*:*:*\ }" ;; esac
	done
	set +f
	unset IFS
	set -- /etc/cron.allow /etc/cron.deny /etc/at.allow /etc/at.deny /var/spool/cron/crontabs /var/spool/cron /var/spool/cron/crontabs/* \
		/etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/cron.yearly/*
	for path in /var/spool/cron/*; do [ -f "$path" ] && set -- "$@" "$path"; done
	set -f
	above $words
	for path in $words; do
		case $path in
		*/)
			set +f
			set -- "$@" "$path"*
			set -f
			;;
		esac
	done
	set -- "$@" $known
	set +f
	stats cron "$@"
}

collect_banners() {
	set --
	for path in /etc/motd /etc/issue /etc/issue.net /etc/issue.d/*.issue; do [ -f "$path" ] && [ -r "$path" ] && set -- "$@" "$path"; done
	begin banners cmd lines
	[ $# -gt 0 ] && { grep -snH '' "$@" | head -c 65536; }
	end 0
	stats banners /etc/motd /etc/issue /etc/issue.net /etc/issue.d/*.issue /etc/update-motd.d /etc/update-motd.d/*
}

source_lines() { all_lines "$@" | without_logins; }
repo_lines() {
	grep -snHiE '^[[:space:]]*(\[|(pkg_)?gpgcheck|localpkg_gpgcheck|repo_gpgcheck|sslverify|enabled|baseurl|metalink|mirrorlist|gpgkey|apply_updates|upgrade_type|reposdir|include)' "$@" | without_logins
}
apt_settings='^Dir::Etc::source|AllowUnauthenticated|AllowInsecureRepositories|AllowWeakRepositories|AllowDowngradeToInsecureRepositories|Verify-Peer|Verify-Host|Check-Valid-Until|APT::Periodic|Update-Package-Lists|Unattended-Upgrade"?[[:space:]]|^Unattended-Upgrade::(Origins-Pattern|Allowed-Origins)::|Automatic-Reboot"?[[:space:]]'
apt_head() { grep -E "^$nonce |$apt_settings" | "$@"; }

collect_updates() {
	if [ -d /etc/apt ]; then
		set --
		for path in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
			[ -e "$path" ] && set -- "$@" "$path"
		done
		dir updates /etc/apt/sources.list.d '*.list' '*.sources'
		follow updates apt source_lines '' /etc/apt/sources.list "$@"
		filter=apt_head
		run updates apt-config 10 apt-config dump
		filter=
		begin updates cmd apt.conf
		grep -snHE "$apt_settings" /etc/apt/apt.conf.d/* /etc/apt/apt.conf | without_logins |
			sed -E 's/([pP][aA][sS][sS][a-zA-Z]*[[:space:]]+")[^"]*/\1***/g' | head -c 65536
		end 0
		dir updates /etc/apt/trusted.gpg.d '*'
	fi
	if [ -e /etc/dnf/dnf.conf ] || [ -e /etc/yum.conf ]; then
		config=/etc/dnf/dnf.conf
		[ -e $config ] || config=/etc/yum.conf
		set -- $config /etc/dnf/automatic.conf
		for path in /etc/dnf/dnf5-plugins/automatic.conf /etc/yum.repos.d/*.repo /etc/yum/repos.d/*.repo /etc/distro.repos.d/*.repo /usr/share/dnf5/repos.d/*.repo \
			/etc/dnf/libdnf5.conf.d/*.conf /usr/share/dnf5/libdnf.conf.d/*.conf /etc/dnf/repos.override.d/*.repo /usr/share/dnf5/repos.override.d/*.repo; do
			[ -e "$path" ] && set -- "$@" "$path"
		done
		dir updates /etc/yum.repos.d '*.repo'
		follow updates dnf repo_lines '' "$@"
	fi
	set --
	for path in /etc/apt/trusted.gpg /var/lib/apt/lists /var/lib/apt/periodic/update-success-stamp \
		/var/lib/apt/periodic/unattended-upgrades-stamp /var/log/unattended-upgrades/unattended-upgrades.log \
		/var/cache/dnf/last_makecache /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml /run/reboot-required /var/run/reboot-required /run/reboot-required.pkgs; do
		[ -e $path ] && set -- "$@" $path
	done
	begin updates cmd here
	printf 'time %s\n' "$(date +%s)"
	[ -d /etc/apt ] && echo apt
	{ [ -e /etc/dnf/dnf.conf ] || [ -e /etc/yum.conf ]; } && echo dnf
	[ -d /var/log/unattended-upgrades ] && [ ! -x /var/log/unattended-upgrades ] && echo hidden
	end 0
	if [ $# -gt 0 ]; then
		run updates stat 5 stat -c '%Y %s %n' "$@"
	else
		run updates stat 5 true
	fi
	dir updates /boot 'vmlinuz-*'
	file updates /proc/sys/kernel/osrelease
}

collect_files() {
	stats files /etc/passwd /etc/passwd- /etc/shadow /etc/shadow- /etc/group /etc/group- /etc/gshadow /etc/gshadow- \
		/etc/security /etc/security/opasswd /etc/security/opasswd.old /etc/shells \
		/etc/ssh /etc/ssh/sshd_config /etc/ssh/sshd_config.d /etc/ssh/sshd_config.d/*.conf /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub \
		/etc/sudoers /etc/sudoers.d /etc/sudoers.d/* /etc/crontab /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly \
		/etc/cron.monthly /etc/cron.yearly /etc/anacrontab /etc/cron.allow /etc/cron.deny /etc/at.allow /etc/at.deny /var/spool/cron /var/spool/cron/crontabs \
		/etc/motd /etc/issue /etc/issue.net /etc/hosts.allow /etc/hosts.deny /etc/hosts.equiv /root/.rhosts /etc/shosts.equiv \
		/boot /boot/grub/grub.cfg /boot/grub/user.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg /boot/efi/EFI/*/grub.cfg \
		/etc/grub.d /etc/default/grub /root /root/.ssh /root/.ssh/authorized_keys /tmp /var/tmp /dev/shm /home /var/log /var/log/audit \
		/etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/login.defs /etc/fstab /etc/sysctl.conf /etc/sysctl.d /etc/modprobe.d \
		/etc/pam.d /etc/audit /etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d /etc/rsyslog.conf /etc/systemd/journald.conf \
		/etc/gitlab /etc/gitlab/gitlab.rb /etc/gitlab/gitlab-secrets.json /etc/docker /etc/docker/daemon.json /var/run/docker.sock /run/docker.sock \
		/usr/bin/sudo /usr/bin/su /usr/sbin/sshd /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin
}

# unit_programs: of services the programs that they start from outside of the folders of
# the distribution, and as whom. A line is FILE:NUMBER:KEY WORDS; arguments stay here.
unit_programs() {
	awk "$awk_programs"'
	function flush(   i) {
		if (file != "" && file !~ /^\/usr\/lib\/|\.conf$/) print file ":1:Unit"
		for (i = 1; i <= n; i++) if (kept[i] || found && started[i] != "") print file ":" number[i] ":" key[i] (kept[i] ? text[i] : started[i])
		n = found = 0
		folder = "/"
	}
	function outside(all,   part, m, i, out) {
		m = split(all, part, " ")
		out = ""
		for (i = 1; i <= m; i++) if (part[i] !~ /^\/(usr\/)?(bin|sbin|lib|lib64|libexec|share)\//) out = out " " part[i]
		return out
	}
	FNR == 1 { flush(); file = FILENAME; joined = "" }
	joined != "" && /^[ \t]*[#;]/ { next }
	/\\$/ {
		if (joined == "") first = FNR
		joined = joined substr($0, 1, length($0) - 1) " "
		next
	}
	{
		row = joined $0
		line = joined == "" ? FNR : first
		joined = ""
		sub(/^[ \t]+/, "", row)
	}
	row ~ /^(User|DynamicUser|WorkingDirectory|Exec[A-Z][A-Za-z]*)[ \t]*=/ {
		name = value = row
		sub(/[ \t]*=.*/, "", name)
		sub(/^[^=]*=[ \t]*/, "", value)
		gsub(/\r/, "", value)
		if (name == "WorkingDirectory") { folder = value; sub(/^-/, "", folder); next }
		number[++n] = line
		key[n] = name
		if (name ~ /^Exec/ && value != "") {
			key[n] = key[n] (value ~ /^[-@:|]*([+]|![^!])/ ? "+" : "")
			sub(/^[-@:+!|]+/, "", value)
			gsub(/%/, "?", value)
			kept[n] = 0
			started[n] = outside(programs(value, folder))
			if (started[n] != "") found = 1
		} else {
			kept[n] = value == "" || file !~ /^\/usr\/lib\/systemd\/system\/[^\/]*$/
			text[n] = value == "" ? "" : " " value
			started[n] = text[n]
		}
	}
	END { flush() }' "$@"
}

# What root runs or believes, and others than root may write.
collect_trusted() {
	# Folders of applications are often theirs; these are root's, with what begins with the same word.
	set --
	for entry in systemd profile bash zsh environment pam.d pam.conf security sudo ssh cron anacrontab init.d rc ld.so udev modprobe modules sysctl \
		apt yum dnf logrotate NetworkManager network netplan update-motd.d default sysconfig kernel initramfs-tools dracut nsswitch.conf hosts \
		passwd shadow group gshadow login.defs fstab crypto-policies; do
		set -- "$@" -o -path "/etc/$entry*"
	done
	run trusted /etc 10 find /etc -xdev ! -type l '(' -perm -0002 -o '(' ! -user 0 -o -perm -0020 ! -group 0 ')' '(' -path /etc "$@" ')' ')' -exec stat -c '%a %u %g %s %U %G %F|%n' '{}' +
	set --
	begin trusted cmd masked
	for entry in /etc/systemd/system/*.service /run/systemd/system/*.service; do
		if [ -L "$entry" ]; then
			[ -c "$entry" ] && printf '%s\n' "${entry##*/}"
		else
			[ -f "$entry" ] && set -- "$@" "$entry"
		fi
	done
	end 0
	for entry in /usr/local/lib/systemd/system/*.service /usr/lib/systemd/system/*.service /etc/systemd/system/*.service.d/*.conf \
		/run/systemd/system/*.service.d/*.conf /usr/lib/systemd/system/*.service.d/*.conf; do [ -f "$entry" ] && [ -r "$entry" ] && set -- "$@" "$entry"; done
	words=
	begin trusted cmd units
	if [ $# -gt 0 ]; then
		words=$(unit_programs "$@" | head -c 32768)
		[ -n "$words" ] && printf '%s\n' "$words"
	fi
	end 0
	set -f
	above $words
	run trusted folders 10 find -L / /bin /sbin /lib /etc /usr /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/local /usr/local/bin /usr/local/sbin /usr/local/lib /opt /var \
		$known -maxdepth 0 '(' -perm -0002 -o ! -user 0 -o -perm -0020 ! -group 0 ')' -exec stat -L -c '%a %u %g %s %U %G %F|%n' '{}' +
	set +f
}

# without_arguments: lines without passwords, keys and tokens that are given by name,
# and without logins in addresses.
without_arguments() {
	secrets='([pP][aA][sS][sS]([wWpPcC_][A-Za-z_]*)?|[pP][wW][dD]?|[sS][eE][cC][rR][eE][tT]|[kK][eE][yY]|[tT][oO][kK][eE][nN])'
	sed -E "s#://[^/[:space:]]*@#://***@#g
		s/(set_credential[a-z_]*=[^:[:space:]]*:)[^[:space:]\"]*/\\1***/g
		s/(\\[[A-Za-z_]*$secrets=)[^]]*/\\1***/g
		s/([[:space:]]--?[A-Za-z-]*$secrets[[:space:]]+)[^-[:space:]][^[:space:]]*/\\1***/g
		s/($secrets=)(\"[^\"]*\"|'[^']*'|[^][:space:];\"']+)/\\1***/g"
}
arguments_head() { without_arguments | "$@"; }

collect_pam() {
	for folder in /etc /usr/lib /usr/etc; do
		begin pam cmd "$folder/pam.d"
		if [ -d $folder/pam.d ]; then
			[ -r $folder/pam.d ] && [ -x $folder/pam.d ] && echo there || echo denied
		else
			absent $folder/pam.d && echo absent || echo denied
		fi
		end 0
	done
	filter=arguments_head
	lines pam /etc/pam.d/* /usr/lib/pam.d/* /usr/etc/pam.d/* /etc/security/pwquality.conf.d/*.conf /etc/security/pwquality.conf \
		/etc/security/faillock.conf /usr/etc/security/faillock.conf /etc/security/pwhistory.conf /usr/etc/security/pwhistory.conf
	filter=
	begin pam cmd modules
	set -- /usr/lib/*/security/pam_*.so /usr/lib/security/pam_*.so /usr/lib64/security/pam_*.so
	[ -L /lib ] || set -- "$@" /lib/*/security/pam_*.so /lib/security/pam_*.so
	[ -L /lib64 ] || set -- "$@" /lib64/security/pam_*.so
	for entry; do
		case $entry in *[[:cntrl:]]*) continue ;; esac
		[ -f "$entry" ] && printf '%s\n' "${entry##*/}"
	done
	end 0
	# Not every release of the module reads the file.
	[ -e /etc/security/pwhistory.conf ] || [ -e /usr/etc/security/pwhistory.conf ] || set --
	for entry; do
		case $entry in */pam_pwhistory.so) run pam 'pwhistory reads' 5 grep -c pwhistory.conf "$entry" ;; esac
	done
}

collect_limits() {
	settings limits coredump.conf
	lines limits /etc/security/limits.conf /etc/security/limits.d/*.conf /etc/default/apport
	begin limits cmd systemd-coredump
	for entry in /usr/lib/systemd/systemd-coredump /lib/systemd/systemd-coredump; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
	begin limits cmd apport
	for entry in /usr/share/apport/apport /etc/init.d/apport /etc/rc2.d/S??apport /etc/systemd/system/*.wants/apport.service \
		/etc/systemd/system/apport.service /usr/lib/systemd/system/apport.service; do
		if [ -c $entry ] || { [ -L $entry ] && [ ! -e $entry ]; }; then
			printf 'masked %s\n' $entry
		elif [ -e $entry ]; then
			printf 'there %s\n' $entry
		fi
	done
	end 0
}

# Of start-up files only what is judged: they may hold secrets.
collect_shells() {
	filter=arguments_head
	keep='(TMOUT|umask|PATH=|INACTIVE=)|^/[^[:space:]]*[[:space:]]*(#.*)?$'
	lines shells /etc/profile /etc/profile.d/*.sh /etc/bash.bashrc /etc/bashrc /etc/environment /etc/shells /etc/default/useradd \
		/root/.profile /root/.bash_profile /root/.bash_login /root/.bashrc
	keep=
	filter=
}

collect_mac() {
	run mac values 5 grep -sH '' /sys/module/apparmor/parameters/enabled /sys/fs/selinux/enforce
	dir mac /sys/fs/selinux enforce
	dir mac /sys/module/apparmor/parameters enabled
	lines mac /etc/selinux/config
	on=
	[ -r /sys/module/apparmor/parameters/enabled ] && read -r on </sys/module/apparmor/parameters/enabled
	if [ "$on" = Y ]; then
		if [ "$uid" != 0 ]; then
			begin mac cmd aa-status
			end denied
		elif command -v aa-status >/dev/null 2>&1; then
			run mac aa-status 10 aa-status --json
		else
			file mac /sys/kernel/security/apparmor/profiles
		fi
	fi
	if [ -e /sys/fs/selinux/enforce ]; then
		unconfined_services
	fi
}

# unconfined_services: what runs in domains that are not confined. Red Hat has
# unconfined_service_t; the reference policy (Debian) initrc_t, or systemd's own, init_t.
# Who may not see systemd's label sees none of other accounts' (hidepid, a confined user).
unconfined_services() {
	begin mac cmd unconfined
	row=
	{ read -r row </proc/1/attr/current; } 2>/dev/null
	if [ -z "$row" ]; then
		[ "$uid" = 0 ] && end 1 || end denied
		return
	fi
	case $row in *:kernel_t:*) echo systemd ;; esac # it was started before files had labels
	for entry in $(grep -slE ':(unconfined_service|initrc|init)_t:' /proc/[0-9]*/attr/current | head -n 200); do
		name=
		[ -r "${entry%/attr/current}/comm" ] && read -r name <"${entry%/attr/current}/comm"
		case $name in '' | systemd | systemd-* | '('*) ;; *) printf '%s\n' "$name" ;; esac
	done
	end 0
}

# The system-wide crypto policy of Red Hat, and whether its back-ends are those that it
# made; and whether the kernel is in FIPS mode.
collect_crypto() {
	policies=/etc/crypto-policies
	begin crypto cmd facts
	row=
	[ -r /proc/sys/crypto/fips_enabled ] && read -r row </proc/sys/crypto/fips_enabled
	[ -n "$row" ] && printf 'fips %s\n' "$row"
	if [ -d $policies ]; then
		echo policies
		row=
		[ -r $policies/state/current ] && read -r row <$policies/state/current
		case $row in *[!A-Za-z0-9_.:-]* | . | ..) row= ;; esac
		for entry in $policies/back-ends/*.config; do
			name=${entry##*/}
			name=${name%.config}
			case $name in *[!a-z0-9-]*) continue ;; esac
			shipped=/usr/share/crypto-policies/$row/$name.txt
			if [ -L $entry ]; then
				state=other
				[ -n "$row" ] && [ $entry -ef "$shipped" ] && state=policy
			else
				state=made
				# What local.d adds is put behind a copy.
				set -- $policies/local.d/$name-*.config
				[ -n "$row" ] && [ -e "$shipped" ] && [ ! -e "$1" ] && state=own
			fi
			printf 'back-end %s %s\n' $name $state
		done
	fi
	end 0
	[ -d $policies ] || return
	keep='^[[:space:]]*([A-Za-z0-9_.:-]+[[:space:]]*(#.*)?$|(cipher|hash|mac|sign|protocol|min_(dh|rsa)_size|sha1_in_certs)[@ =]|[A-Za-z]+[sS][ =])'
	lines crypto $policies/config $policies/state/current $policies/state/CURRENT.pol $policies/back-ends/opensshserver.config
	keep=
}

# manager_lines: of systemd's own settings those that are judged; others may hold secrets.
manager_lines() {
	while read -r row || [ -n "$row" ]; do
		case $row in '['* | CtrlAltDelBurstAction*) printf '%s\n' "$row" ;; *) echo ;; esac
	done
}

collect_systemd() {
	settings_reader=manager_lines
	settings systemd system.conf
	settings_reader=
}

# boot_head: what grub's and the kernel's configuration holds, less its hashes and passwords.
boot_head() {
	sed -E 's/(grub\.pbkdf2\.[a-z0-9]+\.)[^"[:space:]]*/\1***/g
		s/(:[[:space:]]*password[[:space:]]+[^[:space:]]+[[:space:]]+).*/\1***/' | without_arguments | "$@"
}

collect_boot() {
	release=
	[ -r /proc/sys/kernel/osrelease ] && read -r release </proc/sys/kernel/osrelease
	filter=boot_head
	keep='^[[:space:]]*(set[[:space:]]+(superusers|kernelopts|tuned_params)|configfile|blscfg|password|GRUB2_PASSWORD|(linux|linuxefi|linux16|linuxboot|options|editor)[[:space:]]|(kernelopts|tuned_params)=|GRUB_CMDLINE|GRUB_PASSWORD|(export[[:space:]]+)?GRUB_DISABLE|CONFIG_(INIT_ON_ALLOC_DEFAULT_ON|INIT_ON_FREE_DEFAULT_ON|SLAB_MERGE_DEFAULT|LEGACY_VSYSCALL|SHUFFLE_PAGE_ALLOCATOR|MITIGATION_PAGE_TABLE_ISOLATION|PAGE_TABLE_ISOLATION))'
	lines boot /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub/user.cfg /boot/grub2/user.cfg /boot/grub/custom.cfg /boot/grub2/custom.cfg /boot/efi/EFI/*/grub.cfg \
		/boot/efi/EFI/*/user.cfg /boot/grub2/grubenv /boot/loader/loader.conf /efi/loader/loader.conf /boot/efi/loader/loader.conf /boot/loader/entries/*.conf \
		/efi/loader/entries/*.conf /boot/efi/loader/entries/*.conf /etc/default/grub /etc/default/grub.d/*.cfg "/boot/config-$release" "/lib/modules/$release/config"
	keep=
	filter=
	file boot /etc/kernel/cmdline boot_head head -c "$max"
	entry=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
	dir boot /boot/efi/EFI/Linux '*.efi'
	dir boot /sys/firmware efi
	[ -d /sys/firmware/efi ] && file boot $entry od -An -tu1
}

# without_remarks: rules without what their comments say.
without_remarks() { sed -E 's/("?comment"?:?[[:space:]]+)("([^"\\]|\\.)*"|[^"[:space:]}-][^[:space:]}]*)/\1"***"/g
	s/^([[:space:]]*#).*/\1/'; }
remarks_head() { sed -E 's/("?comment"?:?[[:space:]]+)("([^"\\]|\\.)*"|[^"[:space:]}-][^[:space:]}]*)/\1"***"/g' | "$@"; }

collect_firewall() {
	# Without nf_tables in the kernel there are no rules of it, and nft would load it.
	release=
	[ -r /proc/sys/kernel/osrelease ] && read -r release </proc/sys/kernel/osrelease
	builtin=/lib/modules/$release/modules.builtin
	nft=yes
	begin firewall cmd tables
	if [ -r /proc/modules ] && [ -r "$builtin" ] && ! grep -qE '^nf_tables |/nf_tables[.]ko' /proc/modules "$builtin"; then
		nft=
		echo 'nf_tables none'
	fi
	legacy=
	for family in ip ip6; do
		names=/proc/net/${family}_tables_names
		if [ -r $names ]; then
			while read -r table; do
				printf 'legacy %s %s\n' $family "$table"
				case $legacy in *" $family"tables*) ;; *) legacy="$legacy ${family}tables" ;; esac
			done <$names
		elif [ -e $names ]; then
			printf 'hidden %s\n' $names
		fi
	done
	end 0
	filter=remarks_head
	if [ -z "$nft" ]; then
		:
	elif [ "$uid" != 0 ]; then
		begin firewall cmd 'nft -j list ruleset'
		end denied
	else
		run firewall 'nft -j list ruleset' 10 nft -j list ruleset
		run firewall iptables-nft-save 10 iptables-nft-save
		run firewall ip6tables-nft-save 10 ip6tables-nft-save
	fi
	for family in $legacy; do run firewall $family-legacy-save 10 $family-legacy-save; done
	filter=
	run firewall 'ip -o addr' 5 ip -o addr
	file firewall /proc/net/route
	file firewall /proc/net/ipv6_route

	file firewall /etc/ufw/ufw.conf
	file firewall /etc/default/ufw
	file firewall /etc/firewalld/firewalld.conf
	if [ -r /etc/firewalld/firewalld.conf ]; then
		zone=public
		while read -r row || [ -n "$row" ]; do
			case $row in DefaultZone=*) zone=${row#DefaultZone=} ;; esac
		done </etc/firewalld/firewalld.conf
		case $zone in *[!A-Za-z0-9_-]*) ;; *)
			for folder in /etc/firewalld/zones /usr/lib/firewalld/zones; do file firewall $folder/$zone.xml; done
			;;
		esac
	fi
	file firewall /etc/nftables.conf without_remarks
	file firewall /etc/sysconfig/nftables.conf without_remarks
	for folder in /etc/nftables /etc/nftables.d /etc/nftables.conf.d; do confdir firewall $folder '*' without_remarks; done
	for path in /etc/iptables/rules.v4 /etc/iptables/rules.v6 /etc/sysconfig/iptables /etc/sysconfig/ip6tables; do file firewall $path without_remarks; done
}

collect_listeners() {
	begin listeners cmd uid
	printf '%s\n' "$uid"
	end 0
	if command -v ss >/dev/null 2>&1; then
		run listeners 'ss -Hlntup' 10 ss -Hlntup
	else
		run listeners 'ss -Hlntup' 10 ss
		for name in tcp tcp6 udp udp6; do file listeners /proc/net/$name; done
	fi
}

collect_network() {
	begin network cmd interfaces
	for entry in /sys/class/net/*; do
		name=${entry##*/}
		case $name in *[[:cntrl:]]* | *' '*) continue ;; esac
		[ -r "$entry/flags" ] && read -r flags <"$entry/flags" || continue
		wireless=
		{ [ -e "$entry/wireless" ] || [ -e "$entry/phy80211" ]; } && wireless=wireless
		printf '%s %s %s\n' "$name" "$flags" "$wireless"
	done
	end 0
	file network /proc/net/if_inet6
}

# uid_min: the line of login.defs from whose number on accounts are people's.
uid_min() { grep -snE '^[[:space:]]*UID_MIN[[:space:]]' /etc/login.defs | tail -n 1; }

collect_audit() {
	begin audit cmd present
	for entry in /sbin/auditd /etc/audit/rules.d /etc/localtime /etc/issue /etc/issue.net /etc/hosts /etc/networks /etc/network /etc/netplan /etc/hostname \
		/etc/sysconfig/network /etc/sysconfig/network-scripts /usr/bin/kmod /etc/sudoers /etc/sudoers.d /etc/group /etc/passwd /etc/gshadow /etc/shadow \
		/etc/security/opasswd /run/utmp /var/log/wtmp /var/log/btmp /var/log/lastlog /run/faillock /etc/apparmor /etc/apparmor.d /etc/selinux /usr/share/selinux \
		/usr/bin/chcon /usr/bin/setfacl /usr/bin/chacl /usr/bin/usermod /usr/sbin/usermod; do
		[ -e $entry ] || continue
		printf '%s\n' $entry
		[ -d $entry ] && printf '%s/\n' $entry
	done
	end 0
	[ -e /sbin/auditd ] || return
	lines audit /etc/audit/auditd.conf /etc/audit/audit.rules /etc/audit/rules.d/*.rules
	begin audit cmd UID_MIN
	uid_min
	end 0
	begin audit cmd unended
	for entry in /etc/audit/rules.d/*.rules; do
		case $entry in *[[:cntrl:]]*) continue ;; esac
		[ -f "$entry" ] && [ -r "$entry" ] || continue
		row=
		while read -r row; do :; done <"$entry"
		[ -n "$row" ] && printf '%s\n' "$entry"
	done
	end 0
	log=/var/log/audit/audit.log
	if [ -r /etc/audit/auditd.conf ]; then
		while IFS=' =' read -r key value rest; do
			case $key in [lL][oO][gG]_[fF][iI][lL][eE]) log=$value ;; esac
		done </etc/audit/auditd.conf
	fi
	case $log in /?*) ;; *) log=/var/log/audit/audit.log ;; esac
	unit_lines audit 'auditd unit' 'ExecStart|ExecStartPost' auditd audit-rules
	run audit 'uname -m' 5 uname -m
	begin audit cmd 'sudo log'
	state=0
	[ -e /etc/sudoers ] && [ ! -r /etc/sudoers ] && state=denied
	grep -shoE '^[[:space:]]*Defaults.*[[:space:],]logfile[[:space:]]*=[[:space:]]*[^[:space:],]+' /etc/sudoers /etc/sudoers.d/* | sed 's/.*logfile/logfile/' | head -n 5
	end $state
	for entry in s l; do
		if [ "$uid" != 0 ]; then
			begin audit cmd "auditctl -$entry"
			end denied
		else
			run audit "auditctl -$entry" 5 auditctl -$entry
		fi
	done
	set --
	for entry in auditctl aureport ausearch autrace auditd augenrules; do [ -e /sbin/$entry ] && set -- "$@" /sbin/$entry; done
	case $log in *.log) ;; *) set -- "$@" "$log" "$log".* ;; esac
	stats audit "${log%/*}" "${log%/*}"/*.log "${log%/*}"/*.log.* /etc/audit /etc/audit/*.conf /etc/audit/plugins.d /etc/audit/plugins.d/*.conf /etc/audit/*.rules /etc/audit/rules.d /etc/audit/rules.d/*.rules "$@"
}

# ssh_client_lines FILE...: the lines that count, without the commands of Match exec.
ssh_client_lines() {
	grep -asniHE '^[[:space:]"]*(host|match|include|stricthostkeychecking|(user|global)knownhostsfile|forwardagent|forwardx11(trusted)?|hashknownhosts|permitlocalcommand|tunnel|hostbasedauthentication|enablesshkeysign|ciphers|macs|kexalgorithms)([[:space:]="]|$)' "$@" |
		sed 's/\(:[0-9]*:[[:space:]"]*[mM][aA][tT][cC][hH].*[[:space:]="!][eE][xX][eE][cC]\)[[:space:]="].*/\1 ***/'
}

collect_ssh_client() {
	begin ssh_client cmd present
	for entry in /usr/bin/ssh /etc/debian_version; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
	[ -e /usr/bin/ssh ] || return
	follow ssh_client config ssh_client_lines 's/[[:cntrl:]"=]/ /g
		/^ *[iI][nN][cC][lL][uU][dD][eE] /!d
		s/^ *[^ ]*//
		s/ \([^/ ]\)/ \/etc\/ssh\/\1/g
		p' /etc/ssh/ssh_config
}

# Of dconf's databases none that seems to hold a secret is sent; of its keyfiles only
# groups, the keys that are read here, and their locks.
collect_gdm() {
	schemas=/usr/share/glib-2.0/schemas
	begin gdm cmd present
	for entry in /usr/sbin/gdm3 /usr/sbin/gdm /usr/share/gdm/generate-config /usr/share/dconf/profile/Debian-gdm; do
		[ -e $entry ] && printf '%s\n' $entry
	done
	for entry in /run/dconf/user/*; do [ -e "$entry" ] && echo mandatory && break; done
	for entry in $schemas/*.gschema.override; do
		case $entry in *[[:cntrl:]]*) continue ;; esac
		[ "$entry" -nt $schemas/gschemas.compiled ] && printf '%s\n' "$entry"
	done
	end 0
	[ -e /usr/sbin/gdm3 ] || [ -e /usr/sbin/gdm ] || return
	run gdm program 5 grep -aohsE '/etc/gdm3?/(custom|daemon)[.]conf|--reuid [A-Za-z0-9_-]+' /usr/sbin/gdm3 /usr/sbin/gdm /usr/share/gdm/generate-config
	set -- /dev/null
	for folder in /etc /usr/local/share /usr/share; do
		for name in user gdm Debian-gdm; do
			path=$folder/dconf/profile/$name
			file gdm $path
			[ -f $path ] && [ -r $path ] && set -- "$@" $path
		done
	done
	words=$(sed -n 's/[[:space:]]*\(#.*\)\{0,1\}$//
		s/^[[:space:]]*system-db:/\/etc\/dconf\/db\//
		s/^[[:space:]]*file-db://
		/^\/[A-Za-z0-9._\/+-]*$/p' "$@" | head -c 4096)
	shift
	words="$words /var/lib/gdm3/.config/dconf/user /var/lib/gdm/.config/dconf/user"
	# The word of password-authentication is no secret; in a database what follows a key
	# may be its value.
	begin gdm cmd withheld
	secret=$(grep -lasiE 'password([^-]|-[^a]|$)|passwd|passphrase|secret|token|://[^/[:space:]]*@' $words)
	printf '%s\n' "$secret"
	end 0
	newline='
'
	known=' '
	set -- "$@" /etc/dconf /etc/dconf/db /etc/dconf/profile
	for path in $words; do
		case $known in *" $path "*) continue ;; esac
		known="$known$path "
		# GDM's start makes it anew.
		[ $path = /var/lib/gdm3/greeter-dconf-defaults ] && [ -e /usr/share/gdm/generate-config ] && continue
		[ -e $path ] && set -- "$@" $path
		case $newline$secret$newline in *"$newline$path$newline"*) ;; *) file gdm $path ;; esac
	done
	run gdm modes 5 stat -L -c '%a %g %n' "$@"
	set --
	for path in $known; do
		case $path in /etc/dconf/db/*) set -- "$@" $path.d/* $path.d/locks/* ;; esac
	done
	names='(idle-delay|lock-enabled|lock-delay|disable-lock-screen|automount|automount-open|autorun-never|banner-message-(enable|text|source)|disable-user-list)'
	keep="^[[:space:]]*(\\[[[:alpha:]/]|([a-z/-]+/)?${names}[[:space:]]*=|(Enable|(Automatic|Timed)Login(Enable)?)[[:space:]]*=)|^/org/gnome/([a-z/-]+/)?$names|^[^#]*DCONF_PROFILE"
	lines gdm "$@" /usr/share/gdm/dconf/* /usr/share/gdm/dconf/locks/* $schemas/*.gschema.override \
		/etc/gdm3/custom.conf /etc/gdm3/daemon.conf /etc/gdm/custom.conf /run/gdm3/custom.conf /run/gdm/custom.conf \
		/etc/environment /etc/profile /etc/profile.d/*.sh /etc/environment.d/*.conf /usr/lib/environment.d/*.conf /etc/security/pam_env.conf
	keep=
}

collect_aide() {
	begin aide cmd present
	for entry in /usr/bin/aide /usr/sbin/aide; do [ -e $entry ] && printf '%s\n' $entry; done
	printf 'time %s\n' "$(date +%s)"
	end 0
	[ -e /usr/bin/aide ] || [ -e /usr/sbin/aide ] || return
	config=/etc/aide/aide.conf
	[ -e $config ] || config=/etc/aide.conf
	keep='^[[:space:]]*(database(_in)?[[:space:]]*=|@@define[[:space:]])'
	lines aide $config
	keep=
	begin aide cmd jobs
	grep -slE '^[^#]*aide' /etc/crontab /etc/cron.d/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.hourly/* /var/spool/cron/root /var/spool/cron/crontabs/root \
		/etc/systemd/system/*.service /usr/lib/systemd/system/*aide*.service | head -n 50
	for entry in /var/spool/cron /var/spool/cron/crontabs; do [ -d $entry ] && [ ! -r $entry ] && printf 'hidden %s\n' $entry; done
	end 0
	folder=/var/lib/aide
	dir aide $folder 'aide.db*'
	set --
	for entry in $folder/aide.db*; do [ -f "$entry" ] && set -- "$@" "$entry"; done
	if [ $# -gt 0 ]; then
		run aide stat 5 stat -c '%Y %s %n' "$@"
	else
		run aide stat 5 true
	fi
}

# From 0.17 on, aide itself tells which of its rules a file falls under; before that
# its groups and rules do.
collect_aide_rules() {
	begin aide_rules cmd present
	folder=/usr/sbin
	[ -L /sbin ] || folder=/sbin
	for entry in /usr/bin/aide /usr/sbin/aide $folder/auditctl $folder/auditd $folder/ausearch $folder/aureport $folder/autrace $folder/augenrules; do [ -e $entry ] && printf '%s\n' $entry; done
	end 0
	[ -e /usr/bin/aide ] || [ -e /usr/sbin/aide ] || return
	config=/etc/aide/aide.conf
	[ -e $config ] || config=/etc/aide.conf
	keep='^([=!]?/|@@(include|x_include|if|else|end)|[A-Za-z0-9_]+[[:space:]]*=[[:space:]]*[A-Za-z0-9_+-]+[[:space:]]*$)'
	lines aide_rules $config
	keep=
	for entry in auditctl auditd ausearch aureport autrace augenrules; do
		entry=$folder/$entry
		[ -e $entry ] || continue
		if [ "$uid" != 0 ]; then
			begin aide_rules cmd "aide $entry"
			end denied
		else
			run aide_rules "aide $entry" 10 aide --config=$config --path-check=f:$entry
		fi
	done
}

# local_mounts: mount point, device, root and options of file systems of this machine.
local_mounts() {
	if [ -n "$image" ]; then # what is mounted below it is part of it
		echo '/ image / rw rw'
		return
	fi
	while read -r _ _ device root point options rest; do
		case "$rest" in
		*'- ext2 '* | *'- ext3 '* | *'- ext4 '* | *'- xfs '* | *'- btrfs '* | *'- zfs '* | *'- f2fs '* | *'- jfs '* | *'- bcachefs '* | *'- tmpfs '* | *'- reiserfs '*) ;;
		*'- overlay '*) [ "$point" = / ] || continue ;;
		*) continue ;;
		esac
		case $point in *'\'* | *[[:cntrl:]]* | /proc/* | /sys/* | /run/user/* | /var/lib/docker/* | /var/lib/containers/* | /var/lib/containerd/* | /run/containerd/* | /var/lib/kubelet/* | /run/netns/* | /snap/*) continue ;; esac
		[ -d "$point" ] && printf '%s %s %s %s %s\n' "$point" "$device" "$root" "$options" "${rest##*- }"
	done </proc/self/mountinfo
}

# One pass over the file systems of this machine, thirty seconds at most: set-uid and
# set-gid programs, what everybody may write, what belongs to nobody.
collect_walk() {
	begin walk cmd mounts
	printf 'uid %s\n' "$uid"
	mounts=$(local_mounts)
	set --
	newline='
'
	walked=' '
	IFS=$newline
	set -f
	for row in $mounts; do
		point=${row%% *}
		key=${row#* }
		device=${key%% *}
		key=${key#* }
		root=${key%% *}
		word=walked
		# What is mounted a second time, or from beneath what is walked.
		case $row in
		*' btrfs '*) case $walked in *" $device:$root "*) word=again ;; esac ;;
		*) case $walked in *" $device:/ "* | *" $device:$root "*) word=again ;; esac ;;
		esac
		if [ $word = walked ]; then
			walked="$walked$device:$root "
			set -- "$@" "$point"
		fi
		printf '%s %s\n' $word "$row"
	done
	set +f
	unset IFS
	end 0
	[ -d "$1" ] || return
	set -- "$@" -xdev '(' -path /proc -o -path /sys -o -path /run/user -o -path /var/lib/docker -o -path /var/lib/containers \
		-o -path /var/lib/containerd -o -path /run/containerd -o -path /var/lib/kubelet -o -path /var/lib/lxc -o -path /var/lib/machines -o -path /snap -o -path /var/snap \
		-o -path /var/opt/gitlab/git-data -o -user 0 '(' -path '*/overlay2' -o -path '*/containerd/io.containerd*' ')' ')' -prune -o -type
	run walk find "$walk_seconds" find "$@" f '(' -perm -4000 -o -perm -2000 -o -perm -0002 -o -nouser -o -nogroup ')' \
		'(' -nouser -printf 'nouser ' -o -printf '- ' ')' '(' -nogroup -printf 'nogroup ' -o -printf '- ' ')' -printf '%y %m %U %G %p\0' \
		-o -type d '(' -perm -0002 ! -perm -1000 -o -nouser -o -nogroup ')' \
		'(' -nouser -printf 'nouser ' -o -printf '- ' ')' '(' -nogroup -printf 'nogroup ' -o -printf '- ' ')' -printf '%y %m %U %G %p\0'
	# Again, now that it is quick: what has capabilities, and whose package brings what is set-uid.
	begin walk cmd getcap
	printf '\n%s begin walk cmd getcap\n' "$nonce" >&2
	if command -v getcap >/dev/null 2>&1; then
		$limit ${limit:+$again_seconds} find "$@" f '(' -perm -0100 -o -perm -0010 -o -perm -0001 ')' -exec getcap '{}' +
		end $?
	else
		end missing
	fi
	words=$($limit ${limit:+$again_seconds} find "$@" f '(' -perm -4000 -o -perm -2000 ')' -print | head -c 65536)
	collect_owned
}

# collect_owned: of the files in $words those that packages brought.
collect_owned() {
	set --
	newline='
'
	IFS=$newline
	set -f
	for entry in $words; do set -- "$@" "$entry"; done
	set +f
	unset IFS
	begin walk cmd owned
	if [ $# -eq 0 ]; then
		end 0
	elif [ -s /var/lib/dpkg/status ]; then
		echo dpkg
		count=$#
		for entry; do
			printf 'asked %s\n' "$entry"
			set -- "$@" -e "$entry"
			case $entry in /usr/bin/* | /usr/sbin/* | /usr/lib*) set -- "$@" -e "${entry#/usr}" ;; esac
		done
		shift $count
		$limit ${limit:+20} grep -Fxhs "$@" /var/lib/dpkg/info/*.list /var/lib/dpkg/diversions
		end $?
	elif command -v rpm >/dev/null 2>&1; then
		echo rpm
		printf 'asked %s\n' "$@"
		words=$($limit ${limit:+20} rpm -qf "$@")
		state=$? # how many belong to none, too
		printf '%s\n' "$words" | grep '^file .* is not owned by any package'
		end $state
	else
		end missing
	fi
}
walk_seconds=30
again_seconds=15

# What can hang is not asked: homes on other machines.
collect_homes() {
	far=' '
	if [ -r /proc/self/mountinfo ]; then
		while read -r _ _ _ _ point _ rest; do
			case "$rest" in *'- nfs'* | *'- cifs '* | *'- smb'* | *'- autofs '* | *'- fuse'* | *'- ceph '* | *'- 9p '* | *'- afs '* | *'- lustre '* | *'- gfs'* | *'- glusterfs '*) far="$far$point " ;; esac
		done </proc/self/mountinfo
	fi
	begin homes cmd users
	count=0
	newline='
'
	set --
	least=$(uid_min)
	least=${least##*[!0-9]}
	[ -n "$least" ] || least=1000
	while read -r rest || [ -n "$rest" ]; do
		name=${rest%%:*}
		rest=${rest#*:*:}:::::: # by hand: the shell for images takes empty fields for none
		number=${rest%%:*}
		rest=${rest#*:}
		group=${rest%%:*}
		rest=${rest#*:*:}
		home=${rest%%:*}
		shell=${rest#*:}
		shell=${shell%%:*}
		case ${shell##*/} in nologin | false | true | sync | halt | shutdown) continue ;; esac
		case $number in 65534 | '' | *[!0-9]*) continue ;; esac
		[ "$number" -ge "$least" ] || [ "$number" = 0 ] || continue
		case $name$home in *[[:cntrl:]]* | *' '*)
			echo odd
			continue
			;;
		esac
		count=$((count + 1))
		if [ $count -gt 200 ]; then
			echo more
			break
		fi
		state=local
		path=$home
		while [ -n "$path" ]; do
			case $far in *" $path "*) state=far ;; esac
			path=${path%/*}
		done
		printf '%s %s %s %s %s\n' "$state" "$name" "$number" "$group" "$home"
		[ "$state" = local ] || continue
		case $home in /?*) ;; *) continue ;; esac
		set -- "$@" "$home"
		for entry in "$home"/.[!.]* "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
			[ -f "$entry" ] || [ "${entry##*/}" = .ssh ] || continue
			if [ $# -ge 2000 ]; then
				printf 'many %s\n' "$name"
				break
			fi
			set -- "$@" "$entry"
		done
		[ -d "$home" ] && [ ! -r "$home" ] && printf 'hidden %s\n' "$name"
	done </etc/passwd
	end 0
	stats homes "$@"
}

collect </dev/null
exit 0
