# One range is its plain bytes; what cannot be read is not made up.
start_game
memscan --pid "$pid" dump --range "$gold:4" -o gold.bin
od -An -td4 gold.bin | tr -d ' '
memscan --pid "$pid" dump --range "$crest:8" -o crest.bin --json
od -An -tx1 -N 3 crest.bin
memscan --pid "$pid" dump --range 0x10:4 -o no.bin
echo "exit $?"
ls no.bin 2>/dev/null
memscan --pid "$pid" dump
echo "exit $?"
memscan --pid "$pid" dump -o nosuch/folder.core 2>/dev/null
echo "exit $?"
memscan --pid "$pid" dump --range "$gold:4" --all -o gold.core 2>/dev/null
head -c 4 gold.core | tail -c 3
