start_game
memscan --pid "$pid" modules --plain | cut -f 3 | head -n 1
memscan --pid "$pid" modules --json | "$JSON_CHECK"
memscan --pid "$pid" modules --json | grep -c '"build_id"' | awk '{ print ($1 > 0 ? "build ids" : "none") }'
