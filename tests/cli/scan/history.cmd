# Every step can be undone, and done again, by another memscan; a named snapshot can be compared with.
start_game
memscan --pid "$pid" scan i32:100 --range "$gold:4" --mark full -q
press b >/dev/null
memscan --pid "$pid" next decreased -q
memscan --pid "$pid" next changed since full -q
memscan --pid "$pid" next unchanged since first
echo "exit $?"
memscan --pid "$pid" undo
memscan --pid "$pid" undo --plain
memscan --pid "$pid" redo --json
memscan --pid "$pid" redo >/dev/null
memscan --pid "$pid" redo
echo "exit $?"
memscan --pid "$pid" undo >/dev/null
memscan --pid "$pid" next 50 -q
memscan --pid "$pid" redo
echo "a new scan replaces what was undone: exit $?"
memscan --pid "$pid" next changed since nothing
echo "exit $?"
memscan --pid "$pid" next 50 --mark 'no good'
echo "exit $?"
