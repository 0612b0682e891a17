memscan -h | head -n 1
memscan --help | head -n 1
memscan find --help | head -n 1
memscan --help find | head -n 1
memscan help find | head -n 1
memscan help nothing
