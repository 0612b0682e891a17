start_game
memscan --pid "$pid" find u8:0 -q >/dev/full
