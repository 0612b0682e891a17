# A full disk ends the recording, not the program.
memscan alloc -q -o /dev/full -- sh -c 'echo begins; ls -lR /usr/include/linux | wc -l >lines; echo ends'
echo "exit $?"
ls -lR /usr/include/linux | wc -l | cmp - lines
# What fitted is whole lines. (The limit is the program's, too: it writes nothing. How much of a run is recorded and how
# much is lost depends on the machine, so longer ones are taken until one does not fit.)
(
    ulimit -f 10000
    for pairs in 200000 2000000 20000000; do
        memscan alloc -q -o cut.tsv --full -- "$ALLOCATES" sizes 1 $pairs >cut.out 2>cut.err
        status=$?
        [ $status = 125 ] && break
    done
    sed "s/\b$pairs\b/ALL/g" cut.out
    cat cut.err >&2
    echo "exit $status"
    ulimit -f 10
    memscan alloc -- echo not run
    echo "exit $?"
)
awk -F'\t' 'NF != 8 { print "not a whole line" } END { print (NR > 300) }' cut.tsv
tail -c 1 cut.tsv | od -An -c | tr -d ' '
