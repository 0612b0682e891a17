start_game
memscan --pid "$pid" write "$gold" i32:4711
press l | sed 's/ *$//'
memscan --pid "$pid" write "$lives" i32:7 --expect 3
memscan --pid "$pid" write "$lives" i32:9 --expect 3
echo "expected otherwise: exit $?"
press l | sed 's/ *$//'
memscan --pid "$pid" write "$gold" 12 --type i32 --json
press l | sed 's/ *$//'
