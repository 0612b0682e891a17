#!/usr/bin/env bash
# run.sh - every fuzz target for some seconds, from its corpus on; what is found new is dropped again.
#   tests/fuzz/run.sh BUILD SECONDS       BUILD: a build of the preset fuzz
# An input that breaks something stays in build/fuzz-found, and its name is the last thing said.
set -euo pipefail
build=$(cd "$1" && pwd)
seconds=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
found=$(dirname "$build")/fuzz-found
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$found"
status=0
for program in "$build"/tests/fuzz/fuzz_*; do
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then
        continue
    fi
    name=${program##*/fuzz_}
    mkdir "$work/$name"
    if "$program" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=3000 -artifact_prefix="$found/$name-" \
        "$work/$name" "$here/corpus/$name" >"$work/log" 2>&1; then
        echo "$name: $(grep -o 'cov: [0-9]*' "$work/log" | tail -n 1), $(find "$work/$name" -type f | wc -l) new inputs"
    else
        grep -E 'does not hold|ERROR|runtime error|seed ' "$work/log" | head -n 5 || tail -n 20 "$work/log"
        echo "$name: BROKEN by $(find "$found" -name "$name-*" -newer "$work" | head -n 1)"
        status=1
    fi
done
exit $status
