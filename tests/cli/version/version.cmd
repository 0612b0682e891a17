memscan version
memscan --version
memscan version --json
