# All forms of --range select the same four bytes; several unite.
start_game
end=$(printf '0x%x' $((gold + 4)))
heap=$(memscan --pid "$pid" regions --kind heap --plain | cut -f 1)
offset=$(printf '0x%x' $((gold - heap)))
for range in "$gold:4" "$gold..$end" "$gold-$end" "[heap]+$offset:4" "[heap]+$offset..$end"; do
    memscan --pid "$pid" find i32:100 --range "$range" --json | tail -n 1 | grep -o '"asked":[0-9]*'
done
memscan --pid "$pid" find i32:100 --range "$gold:4" --range "$lives:4" --range "$gold:4" --json | tail -n 1 |
    grep -o '"asked":[0-9]*'
memscan --pid "$pid" find hex:7f454c46 --range memscan-game --plain -q --limit 1 | cut -f 4
for range in 5..4 "$gold:0" x "$gold..nosuch" 0x10-0x5 0x10:8; do
    memscan --pid "$pid" find i32:100 --range "$range"
    echo "exit $?"
done
