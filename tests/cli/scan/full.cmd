# A limit on the size of files stands for a full disk: one clear line, the session as it was, nothing left behind.
start_target "$LARGE"
memscan --pid "$pid" scan u32:0x5ca1ab1e -q --session kept >/dev/null
(
    ulimit -f 8
    memscan --pid "$pid" scan u32:unknown -q --session kept 2>&1 | sed 's/ [^ ]*\/sessions\// /'
)
memscan --pid "$pid" list --session kept --plain --limit 2 2>/dev/null | cut -f 1,3
ls "$XDG_STATE_HOME/memscan/sessions"
