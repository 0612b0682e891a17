#!/usr/bin/env bash
# abi.sh - scripts/abi notices what breaks programs, lets pass what does not, and lets a new name go. With a small library of
# its own: one struct that the library fills in, one whose layout never changes.
#   tests/package/abi.sh SOURCE C-COMPILER
set -euo pipefail
source=$1
compiler=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/include" "$work/dumps"
status=0

# build FIELDS-OF-OPTIONS FIELDS-OF-ERROR FUNCTIONS [SONAME]
build() {
    printf 'struct memscan_some_options { unsigned long size; %s };\nstruct memscan_error { %s };\n%s\n' "$1" "$2" "$3" \
        >"$work/include/some.h"
    {
        echo '#include "include/some.h"'
        sed -n 's/^int .*);/&/p' "$work/include/some.h" | sed 's/);/) { (void)o; (void)e; return 0; }/'
    } >"$work/some.c"
    "$compiler" -g -shared -fPIC -Wl,-soname,"${4:-libsome.so.0.1}" -o "$work/some.so" "$work/some.c"
}

abi() {
    "$source/scripts/abi" "$1" "$work/some.so" "$work/include" "$work/dumps" >"$work/said" 2>&1
}

# expect CODE WHAT: the check of what was built ends so.
expect() {
    local code=0
    abi check || code=$?
    if [ "$code" != "$1" ]; then
        echo "$2: exit $code, not $1"
        cat "$work/said"
        status=1
    fi
}

call='int memscan_call(struct memscan_some_options *o, struct memscan_error *e);'
build 'int depth;' 'int status;' "$call"
code=0
abi record || code=$?
if [ "$code" = 77 ]; then
    cat "$work/said"
    exit 77
fi
expect 0 "nothing changed"
build 'int depth;' 'int status;' "$call
int memscan_more(struct memscan_some_options *o, struct memscan_error *e);"
expect 0 "a function more"
build 'int depth; int width_of_it[4];' 'int status;' "$call"
expect 1 "a struct that begins with its size grew at its end"
abi record
expect 0 "and that was recorded"
build 'int depth;' 'int status;' "$call"
abi record
build 'int width; int depth;' 'int status;' "$call"
expect 1 "a field in the middle"
build 'long depth;' 'int status;' "$call"
expect 1 "a field of another type"
build 'int depth;' 'int status; int more[4];' "$call"
expect 1 "a struct grew whose layout never changes"
build 'int depth;' 'int status;' 'int memscan_call(struct memscan_some_options *o, struct memscan_error *e, int more);'
expect 1 "a parameter more"
build 'int depth;' 'int status;' 'int memscan_other(struct memscan_some_options *o, struct memscan_error *e);'
expect 1 "a function less"
build 'long depth;' 'int status; int more[4];' "$call" libsome.so.0.2
expect 0 "another name"
exit $status
