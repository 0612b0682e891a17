memscan help run
