start_game
memscan --pid "$pid" find u8:0 --range '[heap]' --limit 3 --json | tail -n 1 | sed 's/"bytes":.*},"stopped"/"bytes":B,"stopped"/'
memscan --pid "$pid" find u8:0 --range '[heap]' --limit 3 --json | "$JSON_CHECK" types
memscan --pid "$pid" find u8:0 --range '[heap]' --limit 3 -q >matches
echo "exit $?"
wc -l <matches
