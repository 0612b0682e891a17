start_game
press q >/dev/null
wait_for sun said
memscan --pid "$pid" read "$gold" --as i32 2>&1 | sed 's/.*no .*process.*/no process/;s/.*ended.*/no process/' | head -n 1
