start_game
memscan ps | head -n 1 | tr -s ' '
memscan ps memscan-game --plain | cut -f 1,2,3,6 | grep "$pid"
memscan ps 'memscan-g*' --json | grep "\"pid\":$pid," | sed 's/"parent":[0-9]*/"parent":N/;s/"user":"[^"]*"/"user":"U"/;s/"user_id":[0-9]*/"user_id":N/;s/"resident":[0-9]*/"resident":N/'
memscan ps --json | "$JSON_CHECK"
memscan ps 'no such *'
