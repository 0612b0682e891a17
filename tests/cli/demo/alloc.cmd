# The bundled sample, which counts its own allocations; its stdout has one more, its buffer.
memscan demo alloc -o t.tsv --svg t.svg 2>told | sed 's|/[^ ]*/memscan-particles|memscan-particles|'
grep -o '^[0-9,]* allocations' told
wc -l <t.tsv
tail -n 1 t.svg
memscan demo alloc -q | tail -n 1
memscan demo another
echo "exit $?"
memscan demo --svg t.svg
echo "exit $?"
