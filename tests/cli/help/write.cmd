memscan help write
