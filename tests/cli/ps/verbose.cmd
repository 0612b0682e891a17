start_game
memscan ps -qv memscan-game --plain | grep "^$pid" | cut -f 7 | sed 's|.*/libexec|libexec|'
