# The totals are those of the kinds, of the modules, and of the list.
start_game
memscan --pid "$pid" regions --plain | awk '{ n++; size += $2 } END { print n, size }' >list
memscan --pid "$pid" regions --summary --plain >summary
awk '$1 == "all" { print $2, $3 }' summary | diff list -
sums='{ for (i = 2; i <= 8; i++) sum[i] += $i } END { for (i = 2; i <= 8; i++) print sum[i] }'
awk -F '\t' '$1 == "all" { for (i = 2; i <= 8; i++) print $i }' summary >all
awk -F '\t' "\$1 == \"all\" { exit } $sums" summary | diff all -
sed '1,/^all/d' summary | awk -F '\t' "NF == 8 $sums" | diff all -
memscan --pid "$pid" regions --summary | head -n 1 | tr -s ' '
memscan --pid "$pid" regions --summary | grep -c MODULE
memscan --pid "$pid" regions --summary --json | "$JSON_CHECK"
# Every resident page wants one entry.
awk -F '\t' '$1 == "all" { print ($4 / 4096) }' summary >pages
awk -F '\t' 'NF == 2 && $1 == 4096 { print $2 }' summary | diff pages -
