start_game
memscan --pid "$pid" where "$gold"
memscan --pid "$pid" where "$gold" --json | "$JSON_CHECK" types
memscan --pid "$pid" where '[heap]' '[stack]' memscan-game+0x10 --plain | cut -f 2,3
memscan --pid "$pid" where 0x10 | head -n 3
memscan --pid "$pid" where 0x10 >unmapped 2>complaint
echo "unmapped: exit $?"
memscan --pid "$pid" where 0x10 "$gold" --plain | cut -f 1,3,12-14
memscan --pid "$pid" where nosuchmodule+5
echo "exit $?"
memscan --pid "$pid" where 0x10000000000000000
