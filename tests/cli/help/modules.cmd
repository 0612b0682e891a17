memscan help modules
