# Parts of one search: together they tell what it tells. Not of the stack: under Wine, questions about the map are answered by
# the target's own thread, which leaves other things there each time.
start_game
memscan --pid "$pid" find i32:100 --kind data,bss,heap,anon --plain --quiet >whole
for part in 1/3 2/3 3/3; do
    memscan --pid "$pid" find i32:100 --kind data,bss,heap,anon --plain --quiet --no-match-ok --shard $part
done | sort >parts
sort whole | cmp - parts && [ -s parts ] && echo "the same"
for wrong in 0/3 4/3 1 1/0 /2 1/ 1/2/3 99999999999999999999/2 1/4294967296; do
    memscan --pid "$pid" find i32:100 --shard $wrong
    echo "$wrong: exit $?"
done
