# The lesson of every trainer: search, play, search again, until one address is left; change it; the game shows it.
start_game
name_it START "$(memscan --pid "$pid" info --json | sed -n 's/.*"type":"info".*"start_time":\([0-9]*\).*/\1/p')"
memscan --pid "$pid" scan 100 -q >seen
echo "exit $?"
grep -c matches seen
press d >/dev/null
memscan --pid "$pid" next increased -q
press d >/dev/null
memscan --pid "$pid" next increased
memscan --pid "$pid" list
memscan --pid "$pid" set 999
press l | sed 's/ *$//'
memscan --pid "$pid" list --json | "$JSON_CHECK"
memscan --pid "$pid" list --json
memscan --pid "$pid" list --plain
memscan --pid "$pid" next 5 --no-match-ok
echo "none, and that is right: exit $?"
memscan --pid "$pid" list
echo "none: exit $?"
ls -l "$XDG_STATE_HOME/memscan/sessions" | sed -n 's/^\(-[rwx-]*\) .* \([^ ]*\)$/\1 \2/p'
