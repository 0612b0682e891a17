memscan help find
