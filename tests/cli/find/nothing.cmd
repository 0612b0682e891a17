start_game
memscan --pid "$pid" find 'hex:C0 FF EE C0 FF EE' --range "$crest:64"
echo "exit $?"
memscan --pid "$pid" find 'hex:C0 FF EE C0 FF EE' --range "$crest:64" --no-match-ok -q
echo "exit $?"
