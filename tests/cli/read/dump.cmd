start_game
memscan --pid "$pid" read "$crest:8" | cut -c 1-65 | sed 's/ee .. 15/ee XX 15/'
memscan --pid "$pid" read "$crest:8" --json | sed 's/ee..15/eeXX15/'
memscan --pid "$pid" read "$crest" --as hex | wc -w
memscan --pid "$pid" read "$gold" --as i32
memscan --pid "$pid" read "$gold" --as i32 --plain
memscan --pid "$pid" read "$gold" --as i64 --json | sed 's/"value":"[0-9]*"/"value":"N"/'
memscan --pid "$pid" read "$lives:8" --as u32
