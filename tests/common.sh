# SPDX-License-Identifier: GPL-2.0
# Common to the test runners (sourced): where the tools are, and the guest.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bonding-rs
GUEST=${BONDING_GUEST:-$TOP/tools/guest}
IN_ROOT=${BONDING_IN_ROOT_TOOL:-$TOP/tools/in-root}
ME=${0##*/}
export PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*" >&2; }
die() { say "$ME: $*"; exit 1; }

# in_root CMD... - run CMD where the tools and a recent python3 are.
in_root() { "$IN_ROOT" "$@"; }

# scratch NAME - make an empty directory in the cache that is removed at exit.
scratch() {
	mkdir -p "$CACHE/run"
	SCRATCH=$(mktemp -d "$CACHE/run/$1.XXXXXX")
	trap 'rm -rf "$SCRATCH"' EXIT
}

# total PASSED FAILED SKIPPED - the last line of every runner.
total() { echo "$1 passed, $2 failed, $3 skipped"; }
