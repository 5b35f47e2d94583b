# SPDX-License-Identifier: GPL-2.0
# Common to record and run (sourced).

. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
HERE=$TOP/tests/parity
KERNEL=stock
JOBS=${BONDING_JOBS:-2}
FULL=
TIMEOUT=1200

# key_of FILE - what C's recording of a scenario file depends on in this tree.
key_of() {
	local slow=
	! grep -qs '^from parity.slow ' "$HERE/scenarios/$1.py" || slow=$HERE/parity/slow.py
	cat "$HERE"/agent.py "$HERE"/parity/{context,linkattrs,netlink,observe,registry,sequence,watch}.py \
		"$TOP"/tests/modules/netdev_events.c "$HERE"/scenarios/_*.py "$HERE/scenarios/$1.py" $slow 2>/dev/null | sha256sum | cut -c1-12
}

# c_path FILE - where C's recording of a scenario file lies.
c_path() { echo "$CACHE/parity/$KERNEL${FULL:+-full}/$1-$(key_of "$1").jsonl"; }

# module.py loads bonding anew, so that other listeners hear of events before it does: it goes last.
all_files() { (cd "$HERE/scenarios" && ls [!_]*.py | sed 's/\.py$//' | grep -vx module; echo module); }

# perform MODULE OUT [AGENT-OPTION...] -- FILE... - run scenario files in fresh guests.
perform() {
	local module=$1 out=$2 options=() job pids=() rc=0 events
	shift 2
	while [ "$1" != -- ]; do options+=("$1"); shift; done
	shift
	mkdir -p "$out/claims"
	events=$("$TOP/tests/modules/build" "$KERNEL" 2>"$out/modules.log") || { cat "$out/modules.log"; return 1; }
	[ $# -ge "$JOBS" ] || JOBS=$#
	# The limit is for a guest that hangs: it grows with what the guest has to do.
	local limit=$((TIMEOUT * (1 + $# / 6)))
	for job in $(seq "$JOBS"); do
		"$GUEST" --kernel "$KERNEL" --module "$module" --cpus 1 --share "$out" --timeout $limit -- \
			python3 -B "$HERE/agent.py" --out /mnt/share --module "$module" --events "$events/netdev_events.ko" ${FULL:+--full} \
			"${options[@]}" "$@" >"$out/guest$job.log" 2>&1 &
		pids+=($!)
	done
	for job in "${pids[@]}"; do wait "$job" || rc=$?; done
	grep -h '^# ' "$out"/guest*.log | sed "s/^/# $module: /" || true
	if [ $rc != 0 ]; then
		grep -hv '^# ' "$out"/guest*.log | tail -n 60 | sed "s/^/# $module guest: /" || true
	fi
	return $rc
}

# record FILE... - record C's answers into the cache.
record() {
	local file rc=0
	local -A path
	for file in "$@"; do path[$file]=$(c_path "$file"); done
	echo "# recording C's answers on the $KERNEL kernel: $*"
	mkdir -p "$SCRATCH/c"
	perform c "$SCRATCH/c" -- "$@" || rc=$?
	# What was recorded stays, whatever became of the others.
	for file in "$@"; do
		[ -e "$SCRATCH/c/$file.jsonl" ] || { echo "# no recording of $file"; rc=1; continue; }
		mkdir -p "${path[$file]%/*}"
		rm -f "${path[$file]%-*}"-*.jsonl
		cp "$SCRATCH/c/$file.jsonl" "${path[$file]}.part" && mv "${path[$file]}.part" "${path[$file]}"
	done
	return $rc
}
