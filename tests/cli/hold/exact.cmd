# A held value comes back at every beat, whatever the game does; the game runs on when memscan ends.
start_game
begin_memscan --pid "$pid" hold "$gold" i32:4711 "$lives" i32:3 --every 10ms
tries=0
until press d | grep -q 'gold 47'; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || break
done
tries=0
until [ "$(memscan --pid "$pid" read "$gold" --as i32 --plain | cut -f 3)" = 4711 ] || [ $tries -ge 100 ]; do
    tries=$((tries + 1))
done
kill -INT $memscan_pid
wait $memscan_pid
echo "exit $?"
cat seen_err
sed -E 's/written [0-9]+ times?/written often/' seen
press l | grep -o 'lives 3'
