start_game
memscan --pid "$pid" write "$gold" i32:4711 --dry-run
memscan --pid "$pid" write "$gold" i32:4711 --dry-run --expect 5
echo "exit $?"
press l | sed 's/ *$//'
