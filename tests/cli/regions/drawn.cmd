start_game
memscan --pid "$pid" regions --map | tail -n 2
memscan --pid "$pid" regions --svg map.svg
head -c 4 map.svg
tail -n 1 map.svg
grep -c '<title>' map.svg | awk '{ print ($1 > 10 ? "blocks" : "too few") }'
memscan --pid "$pid" regions --svg /nowhere/map.svg
