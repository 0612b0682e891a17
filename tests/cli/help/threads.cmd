memscan help threads
