# SPDX-License-Identifier: GPL-2.0
# For the benches that ask what others took from a program of the lowest priority (rounds.c), in virtual time.

# start_rounds: have the program run, on a file in memory.
start_rounds() {
	gcc -O1 -o /tmp/rounds "$(dirname "${BASH_SOURCE[0]}")/rounds.c" || exit 1
	chrt --idle 0 /tmp/rounds /tmp/rounds.count &
	rounds_pid=$!
	trap 'kill $rounds_pid' EXIT
	until [ "$(rounds 2>/dev/null || echo 0)" -gt 0 ]; do sleep 0.1; done
}

# rounds: how many there were so far.
rounds() { od -An -td8 /tmp/rounds.count | tr -d ' '; }

# rounds_in SECONDS: how many there are in that time.
rounds_in() {
	local before
	before=$(rounds)
	sleep "$1"
	echo $(($(rounds) - before))
}
