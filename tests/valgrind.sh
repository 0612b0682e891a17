#!/usr/bin/env bash
# valgrind.sh - the unit suites and the fuzz targets' corpora under valgrind: code that was optimised as it is for users,
# without a sanitizer in it.
#   tests/valgrind.sh BUILD [NAME]       NAME: one of them alone
# Without the live suites, which meet calls that valgrind does not know, and what takes minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
export CK_TIMEOUT_MULTIPLIER=50 MEMSCAN_TEST_SEEDS=10
suites=(store scan_faults scan_written find judge change sieve needle match pattern dump patch address_space any_case compare
    find_differential hold kernels linux_answers linux_texts memory pack pipeline place plan question recording region_map
    scan_gaps scan_left seeing selection target text value windows_image windows_text write) # the longest first

# one NAME: what it says comes in one piece, since others run beside it.
one() {
    local log
    local -a command=("$build/tests/$1")
    case $1 in
    fuzz_*) command=("$build/tests/fuzz/$1" "$here/fuzz/corpus/${1#fuzz_}") ;;
    esac
    if log=$(valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect "${command[@]}" 2>&1); then
        echo "clean: $1"
    else
        printf '%s\nNOT CLEAN: %s\n' "$log" "$1"
        return 1
    fi
}

names() {
    local program
    printf 'test_%s\n' "${suites[@]}"
    for program in "$build"/tests/fuzz/fuzz_*; do
        case ${program##*/} in
        fuzz_scan_model | fuzz_regex) ;; # minutes, and code that is made while it runs
        *) echo "${program##*/}" ;;
        esac
    done
}

if [ $# -gt 1 ]; then
    one "$2"
else
    names | xargs -n 1 -P "$(nproc)" "$0" "$build"
fi
