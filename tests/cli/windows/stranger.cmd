# A program that nobody here wrote, and that comes with the system: its command prompt. It is listed, what it was told is
# found, read and changed, and it says itself what it holds then; its own texts are patched as one whole, and put back.
mkfifo "$work/keys"
"$WINE" cmd.exe <"$work/keys" >"$work/said" 2>/dev/null &
echo $! >"$work/stranger.pid"
exec 9>"$work/keys"
prompts() { tr -cd '>' <"$work/said" | wc -c; }
# It takes one line at a time, at its prompt.
type_in() {
    before=$(prompts) tries=0
    printf '%s\r\n' "$1" >&9
    while [ "$(prompts)" = "$before" ] && [ $tries -lt 200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}
wait_for '>' "$work/said"
type_in 'set GREETING=hello-from-here'
type_in 'echo [%GREETING%]'
memscan ps 'cmd.exe' --plain | cut -f 2,3,6
pid=$(memscan ps 'cmd.exe' --plain | cut -f 1)
name_it PID "$pid"
memscan --pid "$pid" modules --plain | cut -f 3 | grep -x -e cmd.exe -e ntdll.dll | sort
memscan --pid "$pid" find utf16:GREETING=hello-from-here --perm rw? --plain -q | cut -f 1 >places
[ -s places ] && echo found
while read -r place; do
    memscan --pid "$pid" read "$place:48" --as utf16 --plain | cut -f 3
    memscan --pid "$pid" write "$place" utf16:GREETING=patched-by-us.. --expect utf16:GREETING=hello-from-here >written ||
        echo "exit $?"
done <places | sort -u
type_in 'echo [%GREETING%]'
grep -o '\[.*\]' "$work/said"
memscan --pid "$pid" info --plain | cut -f 1,2 | grep -e '^write	'
utf16_hex() {
    printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ \(..\)/\1 00 /g'
}
count=$(memscan --pid "$pid" find 'utf16:Microsoft Windows' --range cmd.exe --plain -q | wc -l)
cat >name.json <<PATCH
{ "memscan_patch": 1, "edits": [ { "find": "$(utf16_hex 'Microsoft Windows')", "in": "cmd.exe", "matches": $count,
    "replace": "$(utf16_hex "Nobody's Windows ")" } ] }
PATCH
memscan --pid "$pid" patch name.json --journal journal.json -q >/dev/null && type_in ver
memscan --pid "$pid" patch --revert journal.json -q >/dev/null && type_in ver
grep -o "[A-Z][a-z']* Windows" "$work/said"
