start_target "$HOSTILE"
memscan --pid "$pid" modules --plain | head -n 1 | cut -f 1 >base
memscan --pid "$pid" read "$(cat base):4" --as text --json | sed -n 2p
memscan --pid "$pid" read "$(cat base):4" --as text
memscan --pid "$pid" read "$(cat base):4" --as utf16 --json | sed -n 2p
