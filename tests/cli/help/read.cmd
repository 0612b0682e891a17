memscan help read
