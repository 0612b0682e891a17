# The totals are those of the kinds, and of the list.
start_game
memscan --pid "$pid" regions --plain | awk '{ n++; size += $2 } END { print n, size }' >list
memscan --pid "$pid" regions --summary --plain >summary
awk '$1 == "all" { print $2, $3 }' summary | diff list -
awk '$1 == "all" { print } $1 != "all" { n += $2; size += $3; resident += $4 } END { print "all\t" n "\t" size "\t" resident }' summary | uniq | wc -l
memscan --pid "$pid" regions --summary | head -n 1 | tr -s ' '
