# lib.sh - what the scripts here share: where the project is, how they talk, how they become root. Sourced, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the variables are for those who source this
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 2)
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\033[1m' red=$'\033[31m' green=$'\033[32m' yellow=$'\033[33m' plain=$'\033[0m'
else
    bold='' red='' green='' yellow='' plain=''
fi

heading() {
    printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

# fail MESSAGE [STEP THAT HELPS]
fail() {
    printf '%s%s: %s%s\n' "$red" "${0##*/}" "$1" "$plain" >&2
    [ -z "${2:-}" ] || printf '  %s\n' "$2" >&2
    exit 1
}

# quietly LOG COMMAND...: runs it with its output in LOG, and shows the end of that only when it fails.
quietly() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null && return
    tail -n 40 "$log" >&2
    printf '%s(all of it: %s)%s\n' "$yellow" "$log" "$plain" >&2
    return 1
}
