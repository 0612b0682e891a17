memscan help regions
