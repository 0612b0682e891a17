#!/bin/sh
# run.sh MEMSCAN CASE.cmd: runs one case of the command line and compares its output, its messages and its exit code
# with the files beside it: CASE.out, CASE.err (each may be absent: empty) and CASE.exit (absent: 0).
#
# A case is a piece of sh that calls `memscan`; lib.sh tells what else it may use. What differs from run to run
# (process numbers, addresses, times) is replaced before comparing: known things by their names, the rest by 0xADDR.
#   MEMSCAN_PREFIX   words put before memscan: wine, valgrind, qemu
#   MEMSCAN_RECORD   when set, the files are written instead of compared
#   MEMSCAN_VARIANT  "windows": CASE.windows.out and the like go before those without it, where there are such
set -u
MEMSCAN_BINARY=$1
case_file=$2
case_base=${case_file%.cmd}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export LC_ALL=C.UTF-8 TERM=dumb
unset NO_COLOR
export XDG_STATE_HOME="$work/state"

# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
trap 'end_targets; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

(
    cd "$work" || exit 99
    # shellcheck disable=SC1090
    . "$case_file"
) >"$work/out" 2>"$work/err"
echo $? >"$work/exit"

# With names for what differs from run to run. What is expected, too: a process number may be one that is written there, 64 or 100
# (Wine's are small).
named() {
    if [ -f "$work/names.sed" ]; then sed -f "$work/names.sed" "$1"; else cat "$1"; fi
}

normalise() {
    named "$1" |
        sed -E -e "s|$work|WORK|g" -e 's/0x[0-9a-f]{9,16}/0xADDR/g' -e 's/(, |; no )physical address.*/, PHYSICAL/' -e 's/; [0-9]+\.[0-9]{2} s( \([^)]*\))?/; TIME/' \
            -e 's/"start_time":[0-9]+/"start_time":N/g' -e 's/"time":[0-9.]+/"time":N/g' -e 's/"seconds":[0-9.]+/"seconds":N/g'
}

# Windows' addresses are shorter, handles and thread numbers differ from run to run.
case ${MEMSCAN_VARIANT:-}:$case_file in
windows:*/help/* | windows:*/usage/*) variant_hides= ;; # addresses in examples
windows:*) variant_hides=yes ;;
*) variant_hides= ;;
esac
if [ -n "$variant_hides" ]; then
    normalise_more() { sed -E -e 's/0x[0-9a-f]{5,16}/0xADDR/g' -e 's/at \+0x[0-9a-f]+/at +OFFSET/' -e 's/(andle"?[ :]+"?)0x[0-9a-f]+/\1H/g'; }
    # What the two systems say differently of the same: taken as one in what is expected and in what came. (Of access
    # rights Wine makes mode bits that do not say who may read.)
    even_out() {
        sed -E -e 's/\[(heap|anon)\](\+0x[0-9a-f]+)?/[place]/g' -e 's/"kind":"(heap|anon)"/"kind":"KIND"/' \
            -e 's/memscan-game\.exe/memscan-game/g' -e 's/,"handle":"H"//' -e 's/ +/ /g' \
            -e 's/there is no such (file|folder|program)|No such file or directory/no such file/' \
            -e "/^the journal is for everybody's eyes\$/d" \
            -e 's/the target ended, or executes another program now|process PID ended/the target ended/'
    }
else
    normalise_more() { cat; }
    even_out() { cat; }
fi

# Only what differs from the form without a variant has a file of its own.
record_variant() {
    default=$case_base.$1
    if [ ! -f "$default" ]; then
        default=$work/default
        if [ "$1" = exit ]; then echo 0 >"$default"; else : >"$default"; fi
    fi
    rm -f "$case_base.$MEMSCAN_VARIANT.$1"
    even_out <"$default" | cmp -s - "$work/$1.normal" || cp "$work/$1.normal" "$case_base.$MEMSCAN_VARIANT.$1"
}

failed=0
check() {
    normalise "$work/$1" | normalise_more | even_out >"$work/$1.normal"
    if [ -n "${MEMSCAN_RECORD:-}" ]; then
        if [ -n "${MEMSCAN_VARIANT:-}" ]; then
            record_variant "$1"
            return
        fi
        rm -f "$case_base.$1"
        if [ "$1" = exit ]; then
            [ "$(cat "$work/exit.normal")" = 0 ] || cp "$work/$1.normal" "$case_base.$1"
        elif [ -s "$work/$1.normal" ]; then
            cp "$work/$1.normal" "$case_base.$1"
        fi
        return
    fi
    expected=$case_base.${MEMSCAN_VARIANT:-}.$1
    [ -f "$expected" ] || expected=$case_base.$1
    if [ ! -f "$expected" ]; then
        expected=$work/expected
        if [ "$1" = exit ]; then echo 0 >"$expected"; else : >"$expected"; fi
    fi
    if ! named "$expected" | even_out | diff -u - "$work/$1.normal"; then
        echo "^^^ $1 differs"
        failed=1
    fi
}
check out
check err
check exit
exit $failed
