# What cannot be seen is said, in a line each.
[ -n "$ALLOCATES_STATIC" ] || ALLOCATES_STATIC=false
if [ "$ALLOCATES_STATIC" != false ]; then
    memscan alloc -- "$ALLOCATES_STATIC" leaves 1 5 2>&1 | sed 's/record .*: it/record PROGRAM: it/'
    memscan alloc -- sh -c "$ALLOCATES_STATIC leaves 1 5; :" 2>&1 >/dev/null | grep 'statically'
fi
memscan alloc -- "$OWN_ALLOCATOR" leaves 1 5 2>&1 | grep -e allocat
echo done
