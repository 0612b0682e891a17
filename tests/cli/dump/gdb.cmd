# A core of a live process, read by gdb: it knows the variables, and where the process waits.
mkfifo hold
exec 9<>hold
start_target sh -c 'exec "$TOLD" <hold'
memscan --pid "$pid" dump -o told.core 2>/dev/null | sed "s/core, .*/core/"
[ -s told.core ] && echo "written"
stat -c %a told.core
[ "$(du -k told.core | cut -f 1)" -lt 2000 ] || echo "too large"
gdb -batch -nx -ex 'print hero.lives' -ex 'print hero.name' -ex 'print hero.depth' -ex 'print numbers[5]' \
    -ex 'print *from_heap' -ex 'print (int)mostly_untouched[5000]' -ex 'info auxv' "$TOLD" told.core 2>/dev/null |
    grep -e '^\$' -e AT_PAGESZ
readelf -n told.core 2>/dev/null | grep -o 'NT_[A-Z]*'
