memscan --pid 4194304 find i32:5
echo "exit $?"
memscan --name 'no such process' find i32:5
