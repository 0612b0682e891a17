# A later call of the same user opens what run started.
mkfifo keys
memscan run -- "$MEMSCAN_GAME" --truth <keys >said &
exec 9>keys
wait_for entrance said
pid=$(sed -n 's/^truth pid //p' said)
gold=$(sed -n 's/^truth gold i32 \(0x[0-9a-f]*\) .*/\1/p' said)
echo "$pid" >game.pid
name_it PID "$pid"
name_it GOLD "$gold"
memscan --pid "$pid" read "$gold" --as i32
