memscan ps --frobnicate
