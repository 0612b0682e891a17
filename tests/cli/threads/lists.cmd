start_game
memscan --pid "$pid" threads | sed 's/^ *//'
memscan --pid "$pid" threads --json
