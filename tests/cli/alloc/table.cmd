# A line for each allocation: bytes, a tab, nanoseconds. The documents' one-liner reads it.
memscan alloc -q -o t.tsv -- "$ALLOCATES" leaves 1 100
awk -F'\t' '{ n++; bytes += $1 } END { print n, bytes }' t.tsv
awk -F'\t' 'NF != 2 || $2 !~ /^[0-9]+$/ { print "not two numbers:", $0 }' t.tsv
# All columns, and frees: what they free is known by what was allocated.
memscan alloc -q -o full.tsv --full -- "$ALLOCATES" threads 1 16
awk -F'\t' '{ print NF; call[$6]++; if ($6 == "free") freed += $1 } END { for (c in call) if (c != "calloc") print c, call[c]; print (freed > 2000) }' full.tsv | sort | uniq -c
awk -F'\t' 'NR > 1 && $3 < last - 1000000 { print "not in order" } { last = $3 }' full.tsv
