memscan
