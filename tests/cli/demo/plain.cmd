memscan demo --no-color | only_harmless
memscan demo --json
