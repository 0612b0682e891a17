# Ctrl-C while results wait for their reader: the end record says so, exit 130.
start_target "$LARGE"
mkfifo results
{
    # shellcheck disable=SC2086 # words
    ${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" --pid "$pid" find u32:0x5ca1ab1e --json >results &
    echo $! >search.pid
    wait $!
    echo $? >code
} &
exec 7<results
read -r first <&7
echo "$first" | cut -c 1-16
# The search cannot be over: its matches fill more than a pipe, and nobody has read them yet.
kill -INT "$(cat search.pid)"
cat <&7 >rest
tail -n 1 rest | grep -o -e '"complete":[a-z]*' -e '"stopped":"[a-z]*"'
{
    echo "$first"
    cat rest
} | "$JSON_CHECK"
wait_for . code
cat code
