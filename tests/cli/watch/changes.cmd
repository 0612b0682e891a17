# Every place once, then what changes; two types; the end of the game.
start_game
begin_memscan --pid "$pid" watch "$gold" "$lives" --every 10ms --plain
wait_for 'i32..3' seen # the second place
press b >/dev/null
wait_for 'i32.100.50' seen
wait_for 'i32.3.4' seen
press f >/dev/null
wait_for 'i32.4.3' seen
kill -INT $memscan_pid
wait $memscan_pid
echo "exit $?"
cut -f 2-5 seen | LC_ALL=C sort -t "$(printf '\t')" -k 4,4n # a beat may fall between two changes of one turn
begin_memscan --pid "$pid" watch "$gold" --every 10ms
wait_for 'i32' seen
press q >/dev/null
wait $memscan_pid
echo "exit $?"
sed -E 's/^[0-9:.]+ /TIME /' seen
cat seen_err
