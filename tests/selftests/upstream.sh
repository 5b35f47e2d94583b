# SPDX-License-Identifier: GPL-2.0
# The kernel's own bonding selftests (sourced): which, where, and that they are unmodified.

UPSTREAM_DIR=tools/testing/selftests/drivers/net/bonding

# upstream_scripts [--full]: what to run; SCRIPT:TESTS runs some functions of a script.
upstream_scripts() {
	if [ "${1:-}" = --full ]; then
		(cd "$(upstream_source)/$UPSTREAM_DIR" && sed -n 's/^TEST_PROGS := \\//; s/^\t\(.*\.sh\) \\/\1/p' Makefile | grep -v -e topo -e lag_lib)
	else
		# bond_options.sh takes some ten minutes: with --full only.
		echo bond-arp-interval-causes-panic.sh bond-eth-type-change.sh bond_vlan_real_dev.sh \
			mode-1-recovery-updelay.sh mode-2-recovery-updelay.sh \
			bond_macvlan_ipvlan.sh dev_addr_lists.sh
	fi
}

upstream_source() { in_root "$TOP/tools/kernel/make" srcdir; }

# The scripts and all that they read are as the kernel's tarball has them.
upstream_unmodified() {
	local src sums dirs="tools/testing/selftests/drivers/net/bonding tools/testing/selftests/drivers/net/lib tools/testing/selftests/net/lib.sh tools/testing/selftests/net/lib tools/testing/selftests/net/forwarding/lib.sh"
	"$TOP/tools/setup" src
	src=$(upstream_source)
	sums=${src%/*}/.selftest-sums
	if [ ! -e "$sums" ]; then
		say "checksums of the selftests in the kernel's tarball"
		in_root bash -c '
			set -eu
			src=$1 sums=$2; shift 2
			name=${src##*/}
			tarball=/usr/src/$name.tar.xz
			work=$(mktemp -d)
			tar -C "$work" -xf "$tarball" "${@/#/$name/}"
			cd "$work/$name"
			find "$@" -type f -print0 | sort -z | xargs -0 sha256sum >"$sums.part"
			mv "$sums.part" "$sums"
			rm -rf "$work"' sums "$src" "$sums" $dirs
	fi
	(cd "$src" && sha256sum --quiet -c "$sums" >&2) || die "the selftests in $src are not those of the kernel's tarball"
	[ "$(cd "$src" && find $dirs -type f ! -name '*.pyc' | wc -l)" = "$(wc -l <"$sums")" ] ||
		die "there are more selftests in $src than in the kernel's tarball"
	echo "# $(wc -l <"$sums") files of the kernel's selftests are as in its tarball"
}

# upstream_perform KERNEL MODULE OUT SCRIPT...: run scripts in a guest, results into OUT.
upstream_perform() {
	local kernel=$1 module=$2 out=$3 rc=0
	shift 3
	"$GUEST" --kernel "$kernel" --module "$module" --timeout "${timeout:-1500}" -- \
		python3 -B "$TOP/tests/selftests/upstream_guest.py" --source "$(upstream_source)" --module "$module" \
		"$@" >"$out" 2>"$out.err" </dev/null || rc=$?
	[ $rc = 0 ] || sed 's/^/# /' "$out.err" >>"$out"
	return $rc
}
