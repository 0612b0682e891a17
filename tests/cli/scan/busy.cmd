# Two memscans on one session: the second says so. A first search of its own is for another session.
start_target "$LARGE"
memscan --pid "$pid" scan u32:0x5ca1ab1e -q --session both >/dev/null
mkfifo results
{
    memscan --pid "$pid" list --session both --plain >results
    echo $? >code
} &
exec 7<results
read -r first <&7
echo "$first" | cut -f 1,3
memscan --pid "$pid" next unchanged --session both
echo "exit $?"
memscan --pid "$pid" scan u32:5 --session both -q --range '[stack]'
echo "exit $?"
memscan sessions | grep '^both' | tr -s ' '
memscan --pid "$pid" scan u32:0x5ca1ab1e --session other -q >/dev/null
echo "another: exit $?"
cat <&7 >/dev/null
wait_for . code
cat code
memscan --pid "$pid" next unchanged --session both -q >/dev/null
echo "afterwards: exit $?"
