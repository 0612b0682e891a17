memscan help
