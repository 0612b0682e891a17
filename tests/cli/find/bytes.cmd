start_game
memscan --pid "$pid" find 'hex:C0 FF EE ?? 15 EA 5E 01' --plain -q | cut -f 1,2
memscan --pid "$pid" find C0FFEE??15EA5E01 --type hex --plain -q | cut -f 1
memscan --pid "$pid" find 'C0 FF EE ?? 15' --plain -q --context 4 | grep -c '|'
memscan --pid "$pid" find '"mind the trolls"' --plain -q | head -n 1 | cut -f 2,3
