#!/usr/bin/env bash
# valgrind.sh - the unit suites that take no more than moments, and the fuzz targets' corpora, under valgrind: code that was
# optimised as it is for users, without a sanitizer in it.
#   tests/valgrind.sh BUILD
# Without the live suites, which meet calls that valgrind does not know, and those that count for long.
set -euo pipefail
build=$(cd "$1" && pwd)
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export CK_TIMEOUT_MULTIPLIER=50
suites=(address_space any_case compare hold linux_answers linux_texts memory pack pipeline place plan question recording
    region_map scan_gaps seeing selection target text value windows_image windows_text write)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

# run NAME COMMAND...
run() {
    if valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect "${@:2}" \
        >"$log" 2>&1; then
        echo "clean: $1"
    else
        cat "$log"
        echo "NOT CLEAN: $1"
        status=1
    fi
}

for suite in "${suites[@]}"; do
    run "test_$suite" "$build/tests/test_$suite"
done
for program in "$build"/tests/fuzz/fuzz_*; do
    name=${program##*/fuzz_}
    case $name in
    scan_model | regex) ;; # minutes, and code that is made while it runs
    *) run "fuzz_$name" "$program" "$project/tests/fuzz/corpus/$name" ;;
    esac
done
exit $status
