start_game
memscan --pid "$pid" scan i32:100 --range "$gold:4" -q
memscan --pid "$pid" set 150
memscan --pid "$pid" set @1 i32:151 --json
memscan --pid "$pid" set all 152
memscan --pid "$pid" set @2 5
echo "exit $?"
memscan --pid "$pid" set fast
echo "exit $?"
press l | sed 's/ *$//'
# Several are left: one must be named.
memscan --pid "$pid" scan i32:1..200 --range "$crest:16" -q
memscan --pid "$pid" set 5
echo "exit $?"
memscan --pid "$pid" set @1 7
press l | sed 's/ *$//'
# The narrowest width that makes all of them right: the depth behind the lives is not touched.
memscan --pid "$pid" scan int:7 --range "$lives:4" -q --align 4
memscan --pid "$pid" list --plain | cut -f 3
memscan --pid "$pid" set @1 9 --json | grep -o '"new_bytes":"[0-9a-f]*"'
press l | sed 's/ *$//'
