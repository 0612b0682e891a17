# Marks: addresses, symbols' and matches', also where nothing is mapped.
start_game
memscan --pid "$pid" scan i32:100 --range "$gold:4" -q >/dev/null
memscan --pid "$pid" regions --svg one.svg --mark "$gold" --mark 0x10
grep -c 'class="mark"' one.svg
grep -c '>[12]  0x' one.svg
grep -o 'in no region here' one.svg
memscan --pid "$pid" regions --svg matches.svg --mark @1 --mark all
grep -c 'class="mark"' matches.svg
memscan --pid "$pid" regions --map --mark @1 | grep '^  \* ' | sed 's/\[heap\].*/HEAP/'
memscan --pid "$pid" regions --map --mark 0x10 | tail -n 1
memscan --pid "$pid" regions --map | grep -c 'without mappings' | awk '{ print ($1 > 2 ? "folded" : "not folded") }'
memscan --pid "$pid" regions --svg two.svg --mark nosuchplace
echo "exit $?"
memscan --pid "$pid" scan i32:100 --mark a --mark b
echo "exit $?"
# It stands alone, and follows the reader's theme.
grep -c 'prefers-color-scheme:dark' one.svg
grep -Ec '<script|href=|@import|url\(' one.svg
