memscan help help
