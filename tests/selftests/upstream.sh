# SPDX-License-Identifier: GPL-2.0
# The kernel's own bonding selftests (sourced): which, where, and that they are unmodified.

UPSTREAM_DIR=tools/testing/selftests/drivers/net/bonding

# What others of the kernel's selftests do with bonds.
UPSTREAM_MORE="../../../net/vlan_hw_filter.sh ../team/non_ether_header_ops.sh
	../../../net/rtnetlink.sh:kci_test_enslave_bonding,kci_test_bridge_parent_id"

# All scripts of the Makefile, and those. SCRIPT:TESTS is some functions of a script.
upstream_scripts() {
	(cd "$(upstream_source)/$UPSTREAM_DIR" && sed -n '/^TEST_PROGS/,/^#/s/^\t\(.*\.sh\) \\/\1/p' Makefile)
	printf '%s\n' $UPSTREAM_MORE
}

upstream_source() { in_root "$TOP/tools/kernel/make" srcdir; }

newer_iproute2() { (. "$TOP/tools/lib.sh" && iproute2_dir); }

# The scripts and all that they read are as the kernel's tarball has them.
upstream_unmodified() {
	local src sums name top=tools/testing/selftests dirs=
	for name in drivers/net/bonding drivers/net/lib drivers/net/team net/lib.sh net/lib net/forwarding/lib.sh \
		net/vlan_hw_filter.sh net/rtnetlink.sh; do
		dirs+=" $top/$name"
	done
	"$TOP/tools/setup" src iproute2
	src=$(upstream_source)
	sums=${src%/*}/.selftest-sums-$(cksum <<<"$dirs" | cut -d" " -f1)
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

# upstream_guest KERNEL MODULE SCRIPT...: run scripts in a guest, their results to stdout.
upstream_guest() {
	local kernel=$1 module=$2
	shift 2
	# They take 23 minutes, most of which they wait; the limit is for what hangs.
	$GUEST --kernel "$kernel" --module "$module" --timeout 3300 -- \
		python3 -B "$TOP/tests/selftests/upstream_guest.py" --source "$(upstream_source)" --module "$module" \
		--iproute2 "$(newer_iproute2)" "$@" </dev/null
}

# exclusively CMD...: one at a time.
exclusively() {
	(
		flock 9
		"$@"
	) 9>"$SCRATCH/exclusively"
}

# upstream_perform KERNEL MODULE OUT SCRIPT...: run scripts, results into OUT. Without KERNEL those that need
# netdevsim run on the test kernel, since distributions have none, the others on the stock kernel. So do those for team
# devices: the stock kernel's checked memcpy() takes what the team driver does with a GRE device for an overflow.
upstream_perform() {
	local kernel=$1 module=$2 out=$3 script rc=0 here=() there=()
	shift 3
	for script; do
		if [ -z "$kernel" ] && { [[ $script == ../team/* ]] || grep -q netdevsim "$(upstream_source)/$UPSTREAM_DIR/${script%%:*}"; }; then
			there+=("$script")
		else here+=("$script"); fi
	done
	: >"$out"
	[ ${#here[@]} = 0 ] || upstream_guest "${kernel:-stock}" "$module" "${here[@]}" >>"$out" 2>"$out.err" || rc=$?
	# netcons_over_bonding.sh gives a message three seconds to arrive: one of these guests at a time, before others.
	[ ${#there[@]} = 0 ] || GUEST="nice -n -10 $GUEST" exclusively upstream_guest test "$module" "${there[@]}" \
		>>"$out" 2>>"$out.err" || rc=$?
	[ $rc = 0 ] || sed 's/^/# /' "$out.err" >>"$out"
	return $rc
}
