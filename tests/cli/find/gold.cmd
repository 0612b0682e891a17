start_game
press d | sed 's/ *$//'
amount=$(memscan --pid "$pid" read "$gold" --as i32 --plain | cut -f 3)
memscan --pid "$pid" --find "i32:$amount" --range "$gold:4"
memscan --pid "$pid" find "i32:$amount" --plain -q | cut -f 1 | grep "^$gold\$"
memscan find "$amount" --pid "$pid" --json --range "$gold:4"
memscan --pid "$pid" find "i32:$amount" --json | "$JSON_CHECK"
