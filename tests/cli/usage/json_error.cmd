memscan --json find --frob
echo "exit $?"
memscan find --pid 4194304 i32:5 --json
