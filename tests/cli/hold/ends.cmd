# However memscan ends, the game runs on: killed outright, too. When the game ends, memscan says so.
start_game
begin_memscan --pid "$pid" hold "$gold" i32:4711 --every 10ms
wait_for_gold() {
    tries=0
    until [ "$(memscan --pid "$pid" read "$gold" --as i32 --plain | cut -f 3)" = "$1" ] || [ $tries -ge 200 ]; do
        tries=$((tries + 1))
    done
}
wait_for_gold 4711
kill -KILL $memscan_pid
wait $memscan_pid 2>/dev/null
echo "killed: exit $?"
press b | grep -o 'gold 4661'
begin_memscan --pid "$pid" hold "$gold" i32:5 --every 10ms
wait_for_gold 5
press q >/dev/null
wait $memscan_pid
echo "the game ended: exit $?"
sed -E "s/written [0-9]+ times?/written often/" seen; cat seen_err
