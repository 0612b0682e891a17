# A symbol is an address, and an address in a module has its symbol.
mkfifo hold
exec 8<>hold
start_target sh -c 'exec "$TOLD" <hold'
memscan --pid "$pid" where numbers+20 --plain | cut -f 3,9,10
memscan --pid "$pid" where cli_told!hero from_heap main --plain | cut -f 3,10
memscan --pid "$pid" read numbers+20 --as i32 | awk '{ print $3 }'
memscan --pid "$pid" read from_heap --as ptr | sed 's/^[^ ]* *//'
memscan --pid "$pid" read "[from_heap]" --as i32 | awk '{ print $3 }'
memscan --pid "$pid" read from_heap --as ptr --json | "$JSON_CHECK"
memscan --pid "$pid" where nosuchsymbol
echo "exit $?"
memscan --pid "$pid" where cli_told!nosuchsymbol
echo "exit $?"
