# CPython keeps its small objects to itself, and the summary says what shows them.
memscan alloc -- python3 -c 1 2>&1 | grep -c CPython
PYTHONMALLOC=malloc memscan alloc -- python3 -c 1 2>&1 | grep -c CPython
echo done
