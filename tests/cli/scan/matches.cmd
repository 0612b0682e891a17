# A match is an ADDRESS.
start_game
memscan --pid "$pid" scan i32:100 --range "$gold:4" -q --session ./g.scan
for words in "read @1 --as i32" "read @1:8" "where @1" "write @1 i32:101" "hold @1 102 --for 1ms -q" "read @1+0 --as i32"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" $words --session ./g.scan
    echo "$words: exit $?"
done
memscan --pid "$pid" watch @1 --for 1ms --session ./g.scan --plain | cut -f 2-5
memscan --pid "$pid" read '"@1"'
echo "a name in quotes: exit $?"
