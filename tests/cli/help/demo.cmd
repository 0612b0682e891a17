memscan help demo
