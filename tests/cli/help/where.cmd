memscan help where
