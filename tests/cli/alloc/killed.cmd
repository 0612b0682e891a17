# memscan is killed; the program goes on, and so does what it starts.
mkfifo keys
# shellcheck disable=SC2016 # the program's own
program='echo ready; read -r key; for i in 1 2 3; do sh -c "ls / >/dev/null; echo fine"; done >said; echo over >ended'
# shellcheck disable=SC2086 # the prefix is words
${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" alloc -o t.tsv -- sh -c "$program" <keys >seen 2>seen_err &
memscan_pid=$!
exec 8>keys
wait_for ready seen
kill -KILL "$memscan_pid"
wait "$memscan_pid" 2>/dev/null
echo "exit $?"
echo go >&8
wait_for over ended
cat said seen_err
