# shellcheck shell=sh disable=SC2154
# lib.sh - what the cases of the command line may use. Read by run.sh; $work is the case's own folder and its working
# directory.

# memscan, with whatever MEMSCAN_PREFIX puts before it.
memscan() {
    # shellcheck disable=SC2086 # the prefix is words
    ${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" "$@"
}

# Starts memscan in the background, its output in `seen` and `seen_err`; `$memscan_pid` is memscan itself, not a shell.
begin_memscan() {
    : >seen # what an earlier one said is not taken for its word
    : >seen_err
    # shellcheck disable=SC2086 # the prefix is words
    ${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" "$@" >seen 2>seen_err &
    memscan_pid=$!
}

# In the output, what is called $2 here appears as $1 (whole words only).
name_it() {
    printf 's/\\b%s\\b/%s/g\n' "$2" "$1" >>"$work/names.sed"
}

end_targets() {
    for file in "$work"/*.pid; do
        [ -f "$file" ] || continue
        kill "$(cat "$file")" 2>/dev/null
    done
}

# Starts the bundled game and takes its word for its process number ($pid) and for where its gold ($gold), its lives
# ($lives) and its hero ($crest) lie. `press KEY` plays a turn and waits until it is over.
start_game() {
    game=${MEMSCAN_GAME:-$(dirname "$MEMSCAN_BINARY")/../libexec/memscan/memscan-game}
    mkfifo "$work/keys"
    "$game" --truth <"$work/keys" >"$work/said" &
    echo $! >"$work/game.pid" # not what the game calls itself: under Wine it counts otherwise
    exec 9>"$work/keys"
    wait_for 'entrance' "$work/said"
    pid=$(sed -n 's/^truth pid //p' "$work/said")
    gold=$(sed -n 's/^truth gold i32 \(0x[0-9a-f]*\) .*/\1/p' "$work/said")
    lives=$(sed -n 's/^truth lives i32 \(0x[0-9a-f]*\) .*/\1/p' "$work/said")
    crest=$(sed -n 's/^truth crest hex \(0x[0-9a-f]*\) .*/\1/p' "$work/said")
    name_it PID "$pid"
    name_it GOLD "$gold"
    name_it LIVES "$lives"
    name_it CREST "$crest"
}

press() {
    lines=$(wc -l <"$work/said")
    echo "$1" >&9
    tries=0
    while [ "$(wc -l <"$work/said")" = "$lines" ] && [ $tries -lt 1200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    tail -n 1 "$work/said"
}

# Waits until the file holds the text: a minute at most, for machines that do much else.
wait_for() {
    tries=0
    until grep -q "$1" "$2" 2>/dev/null || [ $tries -ge 1200 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
}

# Starts another target, which must print "ready"; sets $pid.
start_target() {
    "$@" >"$work/target_said" &
    pid=$!
    echo "$pid" >"$work/$pid.pid"
    name_it PID "$pid"
    wait_for ready "$work/target_said"
}

# Fails the case when its input holds anything that could steer a terminal: a control character but newline (and tab),
# a C1 control, or a character that changes the direction of text.
only_harmless() {
    cat >"$work/seen"
    if [ "$(LC_ALL=C tr -d '\11\12\40-\176\200-\377' <"$work/seen" | wc -c)" != 0 ]; then
        echo "control characters:"
        LC_ALL=C tr -d '\11\12\40-\176\200-\377' <"$work/seen" | od -c
    fi
    if LC_ALL=C grep -q "$(printf '\302[\200-\237]')" "$work/seen"; then echo "C1 controls"; fi
    if LC_ALL=C grep -q "$(printf '\342\200[\252-\256]')" "$work/seen"; then echo "direction marks"; fi
    if [ ! -s "$work/seen" ]; then echo "nothing at all"; fi
}

# Runs a command as a user without rights (when we are root; else as who we are).
as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

# Starts the Windows target that tells its truth (tests/targets/truth_windows.c); sets $pid. `told WHAT` is where it has
# what.
start_truth() {
    mkfifo "$work/truth_keys"
    "$TRUTH" <"$work/truth_keys" >"$work/truth_said" &
    echo $! >"$work/truth.pid"
    exec 9>"$work/truth_keys"
    wait_for '^ready' "$work/truth_said"
    pid=$(($(told pid)))
    name_it PID "$pid"
}

told() {
    sed -n "s/^$1 //p" "$work/truth_said"
}
