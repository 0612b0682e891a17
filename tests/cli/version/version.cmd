# What it was built with differs from build to build.
memscan version | sed 's/^built with: ..*/built with: PARTS/'
memscan --version | head -n 1
memscan version --json | sed 's/"built_with":"[^"]*"/"built_with":"PARTS"/'
