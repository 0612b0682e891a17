# A full disk ends the recording, not the program.
memscan alloc -q -o /dev/full -- sh -c 'echo begins; ls -lR /usr/include/linux | wc -l >lines; echo ends'
echo "exit $?"
ls -lR /usr/include/linux | wc -l | cmp - lines
# What fitted is whole lines. (The limit is the program's, too: it writes nothing.)
(
    ulimit -f 10000
    memscan alloc -q -o cut.tsv --full -- "$ALLOCATES" sizes 1 200000
    echo "exit $?"
    ulimit -f 10
    memscan alloc -- echo not run
    echo "exit $?"
)
awk -F'\t' 'NF != 8 { print "not a whole line" } END { print (NR > 300) }' cut.tsv
tail -c 1 cut.tsv | od -An -c | tr -d ' '
