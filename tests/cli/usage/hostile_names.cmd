# Names that a target or a file chose reach no terminal raw, whatever the command, and on a terminal neither.
start_target "$HOSTILE"
map=$(sed -n 's/^mapped //p' target_said)
evil=$(printf 'evil\033]0;title\007\r\302\233')
printf '{"memscan_patch":1,"name":"%s","edits":[{"name":"%s","address":"%s","expect":"01","replace":"02"}]}\n' \
    'e\u001b[2J\u202e' 'e\u001b[31m\r' "$map" >patch.json
run_all() {
    memscan --pid "$pid" scan u8:1 --range "$map:16" --session evil "$@"
    memscan --pid "$pid" next unchanged --session evil "$@"
    memscan --pid "$pid" list --session evil "$@"
    memscan --pid "$pid" set 1 --session evil "$@"
    memscan --pid "$pid" undo --session evil "$@"
    memscan --pid "$pid" redo --session evil "$@"
    memscan sessions "$@"
    memscan --pid "$pid" read "$map:64" "$@"
    memscan --pid "$pid" read "$map" --as text "$@"
    memscan --pid "$pid" write "$map" u8:1 "$@"
    memscan --pid "$pid" hold "$map" u8:1 --for 1ms --every 1ms "$@"
    memscan --pid "$pid" watch "$map" --as u8 --for 1ms --every 1ms "$@"
    memscan --pid "$pid" where "$map" "$@"
    memscan --pid "$pid" find u8:1 --kind file,shared "$@"
    memscan --pid "$pid" dump --range "$map:16" -o "out$evil" "$@"
    memscan --pid "$pid" patch patch.json --dry-run "$@"
    memscan --pid "$pid" patch "none$evil" "$@"
    memscan --pid "$pid" list --session "$PWD/none$evil.scan" "$@"
    echo "regions" | memscan --pid "$pid" shell "$@"
}
for form in --plain --json -v --no-color; do
    run_all $form 2>&1 | only_harmless | sed "s/^/$form: /"
done
memscan --pid "$pid" dump --kind file,shared,code -o names.core -q
echo "core: exit $?"
# On a terminal: colours and the moves of the progress line are memscan's own, all else must be harmless.
if command -v script >/dev/null; then
    export TERM=xterm-256color
    for command in regions modules threads info ps "find u8:1 --kind file,shared" "where $map"; do
        script -qec "'$MEMSCAN_BINARY' --pid $pid $command" /dev/null </dev/null 2>&1 |
            sed -e "s/$(printf '\033')\[[0-9;]*[mK]//g" | tr -d '\r' | only_harmless | sed "s/^/terminal, $command: /"
    done
fi
rm -f "out$evil"
