memscan sessions
echo "none: exit $?"
start_game
memscan --pid "$pid" scan 100 --range "$gold:4" -q --session purse
memscan --pid "$pid" next 100 -q --session purse
memscan --pid "$pid" scan unknown --session all -q --range "$gold:64"
echo broken >"$XDG_STATE_HOME/memscan/sessions/bad.scan"
memscan sessions --plain | sed -E -e 's/\t[0-9]+\t([^\t]*)$/\tAGE\t\1/' -e 's|/.*/memscan-game|GAME|'
memscan sessions | head -n 1 | tr -s ' '
memscan sessions --json | "$JSON_CHECK"
memscan sessions --json | grep -c '"name":"purse".*"steps":2'
