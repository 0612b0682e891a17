# The target ends while results wait for their reader: the end record says so, exit 4.
start_target "$LARGE" 256 # MiB, more than is read ahead of its reader
mkfifo results
{
    memscan --pid "$pid" find u32:0x5ca1ab1e --json >results
    echo $? >code
} &
exec 7<results
read -r first <&7
kill -KILL "$pid"
cat <&7 >rest
tail -n 1 rest | grep -o -e '"complete":[a-z]*' -e '"stopped":"[a-z]*"' -e '"not_reached"'
{
    echo "$first"
    cat rest
} | "$JSON_CHECK"
wait_for . code
cat code
