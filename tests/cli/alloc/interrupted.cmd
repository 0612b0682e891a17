# Ctrl-C goes to the program; what was recorded until then is kept.
# In a group of their own, as a shell puts what it starts; without the ignored signal that the background has in sh.
# shellcheck disable=SC2086 # the prefix is words
env --default-signal=INT setsid ${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" alloc -o t.tsv -- "$ALLOCATES" waits 1 64 >said 2>told &
pid=$!
echo "$pid" >memscan.pid
wait_for ready said
kill -INT "-$pid"
wait "$pid"
echo "exit $?"
cat said
wc -l <t.tsv
grep -o '^[0-9]* allocations' told
