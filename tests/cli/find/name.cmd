start_game
cp "$MEMSCAN_GAME" "only-this-game-$$"
mkfifo other
"./only-this-game-$$" <other >/dev/null &
echo $! >other.pid
exec 8>other
wait_for only "/proc/$(cat other.pid)/comm"
memscan --name "only-this-game-$$" read '[heap]:16' --json | sed -n 1p | sed "s/$(cat other.pid)/OTHER/" | grep -o '"pid":OTHER'
