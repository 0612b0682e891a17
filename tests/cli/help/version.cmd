memscan help version
