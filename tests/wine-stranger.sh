#!/bin/sh
# wine-stranger.sh MEMSCAN.exe WINE_RUN: the Windows build on a program that nobody here wrote, Wine's cmd.exe: listed,
# searched, read, written and patched; the program itself then says what it has.
set -u
memscan=$1 wine_run=$2
work=$(mktemp -d)
failed=0
trap 'exec 9>&-; wait "$stranger"; rm -rf "$work"' EXIT

mkfifo "$work/keys"
"$wine_run" cmd.exe <"$work/keys" >>"$work/said" 2>/dev/null &
stranger=$!
exec 9>"$work/keys"

say() {
    printf '%s\r\n' "$1" >&9
}

# answer COMMAND: the last line of what cmd.exe prints for it, without its prompt.
answer() {
    : >"$work/said"
    say "$1"
    say "echo --done--"
    tries=0
    until grep -q -e "--done--" "$work/said" || [ $tries -ge 300 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    tr -d '\r' <"$work/said" | tr -d '\000' | sed 's/^[A-Z]:[^>]*>//; /^$/d; /^--/d' | tail -n 1
}

expect() { # WHAT EXPECTED FOUND
    if [ "$2" = "$3" ]; then
        echo "ok: $1: $3"
    else
        echo "WRONG: $1: expected [$2], found [$3]"
        failed=1
    fi
}

on() {
    "$wine_run" "$memscan" --name cmd.exe "$@" | tr -d '\r'
}

# utf16_hex TEXT: its bytes, as a pattern takes them.
utf16_hex() {
    printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ \(..\)/ \1 00/g; s/^ //'
}

answer 'set GOLD=twelve pieces' >/dev/null
expect "it runs" "twelve pieces" "$(answer 'echo %GOLD%')"
expect "listed" "cmd.exe" "$("$wine_run" "$memscan" ps cmd.exe --plain | tr -d '\r' | awk -F '\t' '{ print $6 }')"
expect "its module" "cmd.exe" "$(on modules --plain | awk -F '\t' '$3 == "cmd.exe" { print $3 }')"
expect "may be written" "yes" "$(on info | awk '$2 == "write" { print $1 }')"

# The variable stands in more places than the one that counts.
for place in $(on find 'utf16:twelve pieces' --plain -q | cut -f 1); do
    on write "$place" 'utf16:eleven knaves' --expect 'utf16:twelve pieces' -q >/dev/null
done
expect "written" "eleven knaves" "$(answer 'echo %GOLD%')"

count=$(on find "utf16:Microsoft Windows" --range cmd.exe --plain -q | wc -l)
[ "$count" -gt 0 ] || expect "its own texts found" "some" "none"
cat >"$work/name.json" <<PATCH
{ "memscan_patch": 1, "edits": [ { "find": "$(utf16_hex 'Microsoft Windows')", "in": "cmd.exe", "matches": $count,
    "replace": "$(utf16_hex 'Nobody'"'"'s Windows ')" } ] }
PATCH
on patch "Z:$work/name.json" --journal "Z:$work/journal.json" -q >/dev/null
expect "patched, as it says itself" "Nobody's" "$(answer ver | cut -d ' ' -f 1)"
on patch --revert "Z:$work/journal.json" -q >/dev/null
expect "undone" "Microsoft" "$(answer ver | cut -d ' ' -f 1)"
say exit
exit $failed
