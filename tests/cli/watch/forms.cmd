start_game
drop_time() { sed -E -e 's/^[0-9]+[0-9:.]+/TIME/' -e 's/"time":[0-9.]+/"time":N/'; }
memscan --pid "$pid" watch "$crest:4" --as hex --for 1ms | sed -E 's/ [0-9A-F]{2} +\[/ XX [/' | drop_time
memscan --pid "$pid" watch "$gold" 0x10 --for 1ms --json | drop_time
echo "exit $?"
memscan --pid "$pid" watch 0x10 --for 1ms >/dev/null
echo "never read: exit $?"
for words in "$gold --as int" "$gold:0 --as text" "$gold:x --as hex" "" "$gold --every 5y"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" watch $words
    echo "exit $?"
done
