start_game
memscan --pid "$pid" write "$gold" i32:-5 -q >/dev/null
memscan --pid "$pid" find -5 --range "$gold:4" --plain -q | cut -f 1,3
memscan --pid "$pid" find --range "$gold:4" -q --plain -- -5 | cut -f 3
memscan --pid "$pid" --find=-5 --range "$gold:4" -q --plain | cut -f 3
memscan --pid "$pid" find -.5 --range "$gold:4" -q
