# The target stands while memscan is at work, and goes on afterwards: also when what reads the matches goes away.
start_game
state() {
    sed 's/.*) \(.\).*/\1/' "/proc/$pid/stat"
}
memscan --pid "$pid" find u8:0 --suspend | {
    read -r line # far more follow than a pipe holds: memscan waits for us
    echo "${line:+a match}: $(state)"
}
for _ in $(seq 200); do # it was let go, and is on its way back to its wait
    [ "$(state)" != S ] || break
    sleep 0.05
done
state
memscan --pid "$pid" write "$gold" i32:77 --suspend --quiet
press l | sed 's/ *$//'
memscan --pid self find 5 --suspend
echo "exit $?"
