memscan help ps
