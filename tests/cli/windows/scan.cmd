# The stateful search from the first guess to the one place that is left, and the game's own word for what became of it.
start_game
export XDG_STATE_HOME="$work/state"
memscan --pid "$pid" scan i32:100 -q >/dev/null
for _ in 1 2 3 4; do
    amount=$(press d | sed 's/.*gold \([0-9]*\).*/\1/')
    memscan --pid "$pid" next "$amount" -q >/dev/null
done
memscan --pid "$pid" list --plain -q | cut -f 2 | grep -c "^$gold\$"
[ "$(memscan --pid "$pid" list --plain -q | wc -l)" = 1 ] && echo "one place is left"
memscan --pid "$pid" set 4711 -q >/dev/null
press l | grep -o 'gold 4711'
memscan --pid "$pid" undo -q >/dev/null
echo "undo: exit $?"
memscan sessions --plain | cut -f 1 | sed 's/[0-9]\{5,\}/START/; s/-[0-9]*-/-PID-/'
