# The time is up while results wait for their reader: exit 3, and the end record says so.
start_target "$LARGE"
mkfifo results
{
    memscan --pid "$pid" find u32:0x5ca1ab1e --timeout 50ms --json >results
    echo $? >code
} &
exec 7<results
read -r first <&7
sleep 0.2
cat <&7 | tail -n 1 | grep -o -e '"complete":[a-z]*' -e '"stopped":"[a-z]*"' -e '"not_reached"'
wait_for . code
cat code
