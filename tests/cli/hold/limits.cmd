# Never below, never above: what is on the right side is left alone. Several pairs; JSON.
start_game
memscan --pid "$pid" hold "$gold" i32:50 --min --for 1ms -q
memscan --pid "$pid" hold "$gold" 150 --min --for 1ms -q
memscan --pid "$pid" hold "$gold" i32:150 --max --for 1ms -q
memscan --pid "$pid" freeze "$gold" 7 "$lives" 5 --type i32 --max --for 1ms --json
memscan --pid "$pid" hold --for 1ms "$gold" i32:9 "$lives" i32:8 --plain
press l | sed 's/ *$//'
