# The summary, but for its times.
memscan alloc -- "$ALLOCATES" leaves 1 1000 2>told
sed -E -e 's/[0-9.]+ [num]?s/T/g' -e 's/\+0x[0-9a-f]+/+OFFSET/' -e 's/ +/ /g' told
memscan alloc --plain -- "$ALLOCATES" leaves 1 1000 2>&1 | awk -F'\t' '/^class/ { print $1, $2, $3, $4, NF } /^slow/ { print $1, $3, $4, NF }' | sort | uniq -c
memscan alloc -q -- "$ALLOCATES" leaves 1 1000
