#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Proves the README on a bare Debian 12: its base system, ca-certificates, git and make, nothing else; then a clone of this tree and
# one command in it. Run by hand, as root: scripts/bare-debian.sh [--user] [--keep] [DIR] [-- COMMAND...]   (default: make test)
#   --user   as an ordinary user with sudo instead of root
#   --keep   leaves the system in DIR for a second run (which then starts from it)
# The host's apt and npm configuration is copied in, so that mirrors and proxies of this network work inside.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo 'bare-debian: needs root (chroot)' >&2; exit 1; }
tree=$(cd "$(dirname "$0")/.." && pwd -P)
user=root keep=no dir=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
  --user) user=friend ;;
  --keep) keep=yes ;;
  *) dir=$1 ;;
  esac
  shift
done
[ "${1:-}" != -- ] || shift
[ $# -gt 0 ] || set -- make test
dir=${dir:-$(mktemp -d /var/tmp/bare-debian-XXXXXX)}

mounts=()
cleanup() {
  for m in "${mounts[@]}"; do umount -l "$m" 2>/dev/null || true; done
  [ $keep = yes ] || rm -rf --one-file-system "$dir"
}
trap cleanup EXIT

if [ ! -x "$dir/usr/bin/make" ]; then
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | grep -v security |
    sed -nE 's/^(URIs:|deb) +(https?:[^ ]+).*/\2/p' | head -1 || true)
  debootstrap --include=ca-certificates,git,make bookworm "$dir" ${mirror:+"$mirror"}
fi
# The host's list of sources replaces the one debootstrap wrote.
[ ! -d /etc/apt/sources.list.d ] || rm -f "$dir/etc/apt/sources.list"
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources /etc/apt/auth.conf.d /etc/apt/keyrings \
  $(grep -l Acquire /etc/apt/apt.conf.d/* 2>/dev/null) \
  /etc/resolv.conf /etc/hosts /etc/ssl/certs /usr/local/share/ca-certificates /etc/npmrc /root/.npmrc; do
  [ -e "$f" ] || continue
  mkdir -p "$dir$(dirname "$f")"
  rm -rf "${dir:?}$f"
  cp -aL "$f" "$dir$f" 2>/dev/null || cp -a "$f" "$dir$f"
done
for m in proc sys dev dev/pts dev/shm; do
  mkdir -p "$dir/$m"
  if mount --bind "/$m" "$dir/$m" 2>/dev/null; then mounts=("$dir/$m" "${mounts[@]}"); else echo "bare-debian: cannot mount /$m" >&2; fi
done
# Services must not start inside.
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d" && chmod 755 "$dir/usr/sbin/policy-rc.d"

home=/root
if [ $user != root ]; then
  chroot "$dir" env DEBIAN_FRONTEND=noninteractive sh -c "apt-get -q update && apt-get -qy install sudo && { id $user || useradd -m -s /bin/bash $user; }"
  echo "$user ALL=(ALL) NOPASSWD: ALL" >"$dir/etc/sudoers.d/$user"
  home=/home/$user
  [ ! -f /root/.npmrc ] || cp /root/.npmrc "$dir$home/.npmrc"
fi
rm -rf "$dir$home/entente"
git clone -q --no-hardlinks "$tree" "$dir$home/entente"
chroot "$dir" chown -R "$user" "$home"
proxy=$(env | grep -iE '^(https?|no)_proxy=' || true)
chroot "$dir" env -i HOME="$home" TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 $proxy \
  runuser -u "$user" -- sh -c 'cd "$HOME/entente" && exec "$@"' sh "$@"
