# alloc gives COMMAND's own status; its own failures are 125, 126, 127.
memscan alloc -q -- sh -c 'exit 7'
echo "exit $?"
memscan alloc -q -- sh -c 'kill -9 $$'
echo "128 + signal: $?"
memscan alloc -q -- sh -c 'kill -PIPE $$'
echo "its signals are as ours were: $?"
(
    trap '' INT
    memscan alloc -q -- sh -c 'kill -INT $$; echo ignored as before'
)
memscan alloc -- ./no-such-program
echo "not found: $?"
: >not-executable
memscan alloc -- ./not-executable
echo "not executable: $?"
memscan alloc
echo "nothing to run: $?"
memscan alloc --limit 5 -- true
echo "wrong usage: $?"
memscan alloc -o ./no-folder/t.tsv -- echo not run
echo "nowhere to write: $?"
memscan alloc -q -- echo -n --json --pid 5
