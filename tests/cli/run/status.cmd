# run gives COMMAND's own status; its own failures are 125, 126, 127.
memscan run -- sh -c 'exit 7'
echo "exit $?"
(
    memscan run -- sh -c 'kill -9 $$'
    echo "128 + signal: $?"
) 2>/dev/null
memscan run -- ./no-such-program
echo "not found: $?"
: >not-executable
memscan run -- ./not-executable
echo "not executable: $?"
memscan run
echo "nothing to run: $?"
memscan run --limit 5 -- true
echo "wrong usage: $?"
memscan run -- echo -n --json --pid 5
