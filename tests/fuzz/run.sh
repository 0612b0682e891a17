#!/usr/bin/env bash
# run.sh - every fuzz target for some seconds, from its corpus on, as many at once as there are CPUs; what is found new is
# dropped again.
#   tests/fuzz/run.sh BUILD SECONDS [NAME]       BUILD: a build of the preset fuzz; NAME: one target alone
# An input that breaks something stays in build/fuzz-found, and its name is said.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
seconds=$2
found=$(dirname "$build")/fuzz-found

one() {
    local work status=0
    work=$(mktemp -d)
    mkdir "$work/new"
    if "$build/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 -artifact_prefix="$found/$1-" \
        "$work/new" "$here/corpus/$1" >"$work/log" 2>&1; then
        echo "$1: $(grep -o 'cov: [0-9]*' "$work/log" | tail -n 1), $(find "$work/new" -type f | wc -l) new inputs"
    else
        grep -E 'does not hold|ERROR|runtime error|seed ' "$work/log" | head -n 5 || tail -n 20 "$work/log"
        echo "$1: BROKEN by $(find "$found" -name "$1-*" -newer "$work" | head -n 1)"
        status=1
    fi
    rm -rf "$work"
    return $status
}

names() {
    local program
    for program in "$build"/tests/fuzz/fuzz_*; do
        if [ -f "$program" ] && [ -x "$program" ]; then
            echo "${program##*/fuzz_}"
        fi
    done
}

mkdir -p "$found"
if [ $# -gt 2 ]; then
    one "$3"
else
    names | xargs -n 1 -P "$(nproc)" "$0" "$build" "$seconds"
fi
