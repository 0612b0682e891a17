start_game
for words in "$gold" "$gold i32:1 $lives" "$gold 1..5" "$gold i32:5 --min --max" "$gold text:a --min" "$gold f32:nan --max" \
    "$gold i32:5 --every 0" "$gold i32:5 --for soon" "nowhere+ i32:1" "@0x i32:1" "$gold int:5"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" hold $words
    echo "exit $?"
done
memscan --pid "$pid" hold 0x10 i32:1 --for 1ms
echo "nothing there: exit $?"
press l | sed 's/ *$//'
