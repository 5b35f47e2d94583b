# SPDX-License-Identifier: GPL-2.0
# Common to the tools (sourced): where things are, locks, progress.
#
# The cache holds what is expensive: the build root, the kernel source, the
# kernels. Each lies in a directory whose name says what it was made of, is made
# under a lock and counts as whole only with its `.complete` stamp.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bonding-rs
ME=${0##*/}
export LC_ALL=C.UTF-8

say() { printf '%s\n' "$*" >&2; }
die() { say "$ME: $*"; exit 1; }

# key FILE... - a short name for the contents of files (or of "-", stdin).
key() { cat "$@" | sha256sum | cut -c1-12; }

# The directory of the build root; "none" when the host has the tools itself.
root_dir() {
	if [ -n "${BONDING_IN_ROOT:-}" ] || [ "${BONDING_ROOT:-}" = none ]; then
		echo none
	elif [ -n "${BONDING_ROOT:-}" ]; then
		echo "$BONDING_ROOT"
	elif host_has_tools; then
		echo none
	else
		echo "$CACHE/root-$(key "$TOP/tools/root.packages" "$TOP/tools/make-root")"
	fi
}

# Where tools/setup puts iproute2.
iproute2_dir() { echo "$CACHE/iproute2-$(key "$TOP/tools/make-iproute2")"; }

# A host with recent tools of its own (Debian testing, Fedora, Arch) needs no root.
host_has_tools() {
	local tool
	for tool in rustc bindgen clang gcc qemu-system-x86_64 depmod busybox cargo pahole; do
		command -v $tool >/dev/null || return 1
	done
	[ -e /usr/src/linux-source-7.2.tar.xz ] || return 1
	local v; v=$(bindgen --version | sed 's/[^0-9]*0\.\([0-9]*\).*/\1/')
	[ "$v" -ge 71 ]
}

# need_space DIR GIB WHAT
need_space() {
	local free
	mkdir -p "$1" 2>/dev/null || die "cannot write to $1 (set XDG_CACHE_HOME to a place with $2 GiB free)"
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$2" ] || die "$3 needs $2 GiB in $1, only $free GiB are free (XDG_CACHE_HOME moves the cache)"
}

# locked NAME - take the lock NAME until this shell ends; says so when it waits.
locked() {
	mkdir -p "$CACHE"
	exec 8>"$CACHE/.lock-$1"
	if ! flock -n 8; then
		say "waiting for another run that makes $1"
		flock 8
	fi
}
unlock() { exec 8>&-; }

# long LOG WHAT CMD... - run CMD with its output in LOG, telling how long it takes.
# CMD inherits the lock: should this shell be killed, the next one waits for CMD.
long() {
	local log=$1 what=$2 start=$SECONDS pid tick=0 rc=0
	shift 2
	mkdir -p "${log%/*}"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		tick=$((tick + 1))
		if [ -t 2 ]; then
			printf '\r%s ... %d s so far ' "$what" $((SECONDS - start)) >&2
		elif [ $((tick % 30)) = 0 ]; then
			say "$what ... $((SECONDS - start)) s so far"
		fi
	done
	wait "$pid" || rc=$?
	trap - INT TERM
	[ ! -t 2 ] || printf '\r' >&2
	if [ $rc != 0 ]; then
		say "$what: failed after $((SECONDS - start)) s; the end of $log:"
		tail -n 15 "$log" >&2
		return $rc
	fi
	say "$what: done in $((SECONDS - start)) s"
}
