# The target ends: the shell says so, and another can be opened.
start_game
mkfifo lines
memscan --pid "$pid" shell <lines >seen 2>seen_err 9>&- &
shell_pid=$!
exec 8>lines
echo "scan i32:100 --range $gold:4 -q" >&8
wait_for '@1' seen
press q >/dev/null
wait_for sun said
echo "list" >&8
wait_for 'opens another' seen_err
sed -e 's/^memscan: the target.*/GONE/' seen_err
mkfifo keys2
"$MEMSCAN_GAME" --truth <keys2 >said2 &
exec 7>keys2
wait_for entrance said2
second=$(sed -n 's/^truth pid //p' said2)
echo "$second" >second.pid
name_it SECOND "$second"
echo "pid $second" >&8
echo "info --plain" >&8
wait_for "^process.*$second" seen
grep '^process	' seen
echo "read 0x10" >&8
echo "exit" >&8
exec 8>&-
wait $shell_pid
echo "exit $?"
cat seen_err | sed -n "s/^memscan: nothing can.*/nothing there/p"
