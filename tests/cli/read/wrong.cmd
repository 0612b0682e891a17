start_game
for words in "$gold:0" "$gold:x" "$gold:3 --as i32" "$gold:3 --as utf16" "$gold:1M --as text" "0xfffffffffffffff0:64" \
    "0x10" "0x10:64" "0x10 --as i32" "nosuch+4" "-5" "$gold extra" "$gold:0x10000000000000000" "[lake]"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" read $words
    echo "exit $?"
done
