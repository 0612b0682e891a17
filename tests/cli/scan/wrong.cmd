start_game
hex() { sed 's/[0-9a-f-]\{36\}/UUID/g'; }
for words in "next 5" "list" "undo" "set 5" "read @1" "scan" "scan foo" "scan 5 --session a/b/c" "scan 5 --session .x" \
    "scan 5 --session ''" "scan 5 --session ./said" "scan 5 --memory-limit much" "scan 5 --align 0"; do
    eval "memscan --pid $pid $words" 2>&1
    echo "$words: exit $?"
done
memscan --pid "$pid" scan 100 --range "$gold:4" -q
memscan --pid "$pid" read @2
echo "exit $?"
memscan --pid "$pid" read @99999999999999999999
echo "exit $?"
memscan --pid "$pid" next foo
echo "exit $?"
session=$(echo "$XDG_STATE_HOME"/memscan/sessions/memscan-game-*.scan)
cp "$session" whole.scan
printf 'x' | dd of="$session" bs=1 seek=4100 conv=notrunc 2>/dev/null
memscan --pid "$pid" next 100 2>&1 | sed "s|$session|SESSION|"
head -c 100 whole.scan >"$session"
memscan --pid "$pid" next 100 2>&1 | sed "s|$session|SESSION|"
memscan --pid "$pid" next 100 --session ./whole.scan -q
echo "a good copy: exit $?"
# Of another process: refused, unless it is carried over.
press q >/dev/null
end_targets
rm -f keys said
start_game
memscan --pid "$pid" next 100 --session ./whole.scan 2>&1 | sed -n 's/^\(hint: --rebase.*\);.*/\1/p'
memscan --pid "$pid" list --session ./whole.scan --rebase
echo "rebased, nothing of it lay in a module: exit $?"
