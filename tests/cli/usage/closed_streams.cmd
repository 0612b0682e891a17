# What was closed on entry is not mistaken for anything else.
start_game
memscan version >&-
echo "exit $?"
memscan --pid "$pid" find i32:100 <&- >&-
echo "exit $?"
memscan --pid "$pid" find i32:100 --plain 2>&- | grep -c "$gold"
press l | sed 's/ *$//'
