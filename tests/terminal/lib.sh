# shellcheck shell=bash
# lib.sh - programs on a terminal of their own (tmux), for tests that type and look. Sourced by the tests beside it.
set -euo pipefail
work=$(mktemp -d)
export XDG_STATE_HOME=$work/state LC_ALL=C.UTF-8
unset NO_COLOR TMUX

on_terminal() { tmux -L "memscan-$$" -f /dev/null "$@"; }
begin() { on_terminal new-session -d -s "$1" -x 110 -y 40 "$2"; }
type_in() { on_terminal send-keys -t "$1" -l "$2"; }
press_in() { on_terminal send-keys -t "$1" "$2"; }
screen_of() { on_terminal capture-pane -p -t "$1"; }

# sees SESSION TEXT: waits until the screen shows what fits the extended regular expression, a minute at most.
sees() {
    local tries
    for ((tries = 0; tries < 1200; tries++)); do
        if screen_of "$1" 2>/dev/null | grep -Eq -- "$2"; then return 0; fi
        sleep 0.05
    done
    echo "never seen on the screen of $1: $2"
    screen_of "$1" || true
    return 1
}

clean_up() {
    on_terminal kill-server 2>/dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT
