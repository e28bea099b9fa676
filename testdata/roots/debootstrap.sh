#!/bin/sh
# Makes a root of a Debian release for tests: debootstrap.sh SUITE ARCHIVE.tar.gz.
# Packages are kept beside the archive. Needs root, debootstrap and the network.
set -eu
if [ "${MERLON_ROOTS_INSIDE:-}" = '' ]; then
	# What packages start or mount on installation ends with the namespaces.
	MERLON_ROOTS_INSIDE=1 exec unshare --mount --pid --uts --ipc --fork --kill-child "$0" "$@"
fi
suite=$1 archive=$2
cache=$(cd "$(dirname "$archive")" && pwd)/packages
mkdir -p "$cache"
root=$(mktemp -d)
chmod 755 "$root" # it becomes that of /
trap 'umount -R "$root/proc" 2>/dev/null || :; rm -rf --one-file-system "$root"' EXIT
debootstrap --variant=minbase --cache-dir="$cache" "$suite" "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # start nothing
chmod 755 "$root/usr/sbin/policy-rc.d"
cp -n "$cache"/*.deb "$root/var/cache/apt/archives/" || :
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$root" apt-get install -y -qq --no-install-recommends \
	openssh-server sudo cron rsyslog libpam-pwquality systemd kmod procps iproute2 >&2
cp -n "$root"/var/cache/apt/archives/*.deb "$cache/" || :
umount -R "$root/proc"
rm "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf"
tar -C "$root" -cz --one-file-system \
	--exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' \
	--exclude='./usr/share/locale/*' --exclude='./usr/share/man/*' --exclude='./proc/*' --exclude='./sys/*' \
	-f "$archive.part" .
mv "$archive.part" "$archive"
