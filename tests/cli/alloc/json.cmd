# One object, on stderr: stdout is the program's.
memscan alloc --json -- "$ALLOCATES" leaves 1 100 2>told
grep -o -e '"type":"allocations"' -e '"count":100,"bytes":100000' -e '"live":100,"live_bytes":100000' -e '"lost_allocations":0' told | sort -u
grep -o '"from":256,"count":100,"bytes":100000' told
grep -o '"call":"malloc","place":"allocates+' told | sort | uniq -c
grep -o '"exit_code":0' told
memscan alloc --json -- ./no-such-program
