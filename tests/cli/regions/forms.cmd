start_game
memscan --pid "$pid" regions | head -n 1 | tr -s ' '
# The kernel's own list and ours agree on where and how large.
memscan --pid "$pid" regions --plain | awk '{ print $1, $2 }' >ours
awk '{ print $1 }' "/proc/$pid/maps" | grep -v '^ffffffffff6' | while IFS=- read -r start end; do
    printf '0x%012x %d\n' "0x$start" "$((0x$end - 0x$start))"
done >theirs
grep -v '^0xffffffffff6' ours | diff - theirs
memscan --pid "$pid" regions --kind heap --plain | awk '{ print $4, $6 }'
memscan --pid "$pid" regions --range '[heap]' --plain | awk '{ print $4, $6 }'
memscan --pid "$pid" regions --perm r-x --plain | awk '{ print $3 }' | sort -u
memscan --pid "$pid" regions --json | "$JSON_CHECK"
memscan --pid "$pid" regions --summary --json | "$JSON_CHECK"
memscan --pid "$pid" regions --kind vdso --plain | cut -f 4,6 | grep vdso
