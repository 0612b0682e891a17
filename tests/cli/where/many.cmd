# Ten thousand addresses: a line each, one look, no crash; and one summary when they are read as one stretch.
start_game
# shellcheck disable=SC2046 # words
memscan --pid "$pid" where $(seq 0 9999) >lines
echo "exit $?"
wc -l <lines
head -n 1 lines
tail -n 1 lines
# shellcheck disable=SC2046 # words
memscan --pid "$pid" where $(seq 0 99) --json 2>/dev/null | tail -n 1
memscan --pid "$pid" read 0:10000
echo "exit $?"
memscan --pid "$pid" where 0xffffffffffffffff 0x8000000000000000 -v 2>/dev/null | grep -c 'would fault: not mapped'
