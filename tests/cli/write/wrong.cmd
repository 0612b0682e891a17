# Nothing of this writes anything.
start_game
for words in "$gold i33:5" "$gold i32:x" "$gold i8:300" "$gold hex:4" "$gold int:5" "$gold 100..200" "$gold i32:" \
    "0x10 i32:5" "0xfffffffffffffffe i32:5" "0x10000000000000000 i32:5" "nosuch+1 i32:5" "$gold i32:5 --expect i64:100" \
    "$gold i32:5 --expect x" "$gold" "$gold 1.5" "$gold i32:5 6"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" write $words
    echo "exit $?"
done
press l | sed 's/ *$//'
