memscan find --read 0x1000 --pid 1
echo "exit $?"
memscan --find --find 5
echo "exit $?"
memscan read --find 5
