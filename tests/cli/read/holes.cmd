# The end of the heap: what follows is not mapped, and shown as such.
start_game
end=$(memscan --pid "$pid" regions --kind heap --plain | awk '{ print $1, $2 }' | while read -r start size; do
    printf '0x%x' $((start + size - 8))
done)
name_it END "$end"
memscan --pid "$pid" read "$end:16" | cut -c 1-64
memscan --pid "$pid" read "$end:16" --json | sed 1d
memscan --pid "$pid" read "$end:16" --as i32
echo "exit $?"
memscan --pid "$pid" read "$end:16" --json | "$JSON_CHECK"
