#!/bin/sh
# wine-from-linux.sh MEMSCAN TRUTH.exe WINE_RUN: a Windows program under Wine, seen by the Linux build (how Proton's games
# are). The program says what it has where, as Windows counts; memscan must say the same from outside.
set -u
memscan=$1 wine_run=$3
work=$(mktemp -d)
name=truth$$.exe # a name of its own: it is looked for by name
program=$work/$name
cp "$2" "$program"
failed=0
trap 'kill "$target" 2>/dev/null; rm -rf "$work"' EXIT

mkfifo "$work/keys"
"$wine_run" "$program" <"$work/keys" >"$work/said" &
target=$!
exec 9>"$work/keys"
tries=0
until grep -q '^ready' "$work/said" || [ $tries -ge 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done

told() {
    sed -n "s/^$1 //p" "$work/said"
}

expect() { # WHAT EXPECTED FOUND
    if [ "$2" = "$3" ]; then
        echo "ok: $1: $3"
    else
        echo "WRONG: $1: expected [$2], found [$3]"
        failed=1
    fi
}

static=$(told static)
base=$(told "module $name")
place=$(printf '%s+0x%x' "$name" $((static - base)))
address=$(printf '0x%012x' "$((base))")

expect "found by its Windows name" "$target" "$("$memscan" --name "$name" info --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p' | head -n 1)"
expect "a value found" "$place" "$("$memscan" --name "$name" find i32:1234567 --plain -q | cut -f 4)"
expect "the same address by module and offset" 1234567 "$("$memscan" --name "$name" read "$place" --as i32 --plain | cut -f 3)"
expect "the module where its loader has it" "$address" "$("$memscan" --name "$name" modules --plain | awk -F '\t' -v name="$name" '$3 == name { print $1 }')"
for what in code rodata data bss; do
    at=$(told $what)
    line=$("$memscan" --name "$name" regions --range "$at:1" --plain)
    # Windows tells what begins as zero by the file; a copy in memory does not.
    kind=$(echo "$line" | cut -f 4 | sed 's/^bss$/data/')
    expect "$what is $what" "$(echo $what | sed 's/^bss$/data/')" "$kind"
    expect "$what carries the module's name" "$name" "$(basename "$(echo "$line" | cut -f 6)")"
done
"$memscan" --name "$name" write "$place" i32:7654321 --expect 1234567 -q >/dev/null
echo "look $static 4" >&9
tries=0
until tail -n 1 "$work/said" | grep -q '^[0-9a-f]\{8\}$' || [ $tries -ge 600 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
expect "what was written is what it has" b1cb7400 "$(tail -n 1 "$work/said")"
exit $failed
