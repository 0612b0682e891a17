#!/usr/bin/env bash
# nethack.sh MEMSCAN: plays NetHack on a terminal, finds the turn that its screen shows by searching as it changes, sets
# it, and sees the screen show it. The game's program is setgid: it may be read by root only.
memscan=$1
# shellcheck source=tests/terminal/lib.sh
source "$(dirname "$0")/lib.sh"
player=Ms$$
export NETHACKOPTIONS="name:$player,role:Valkyrie,race:human,gender:female,align:neutral,!legacy,time,!splash_screen,\
pettype:none,!autopickup,!bones,!news"
begin game /usr/games/nethack
leave_the_game() {
    type_in game '#quit' 2>/dev/null && press_in game Enter && type_in game 'yqqqqq' && sleep 0.5
    clean_up
}
trap leave_the_game EXIT
# A turn passes. Long messages wait for a key first.
search_once() {
    while screen_of game | grep -q -- '--More--'; do
        press_in game Escape
        sleep 0.1
    done
    type_in game s
}
sees game ' T:1$'
pid=$(pgrep -n -x nethack-console)
echo "turn 1: $("$memscan" --pid "$pid" scan int:1 --plain -q | head -n 1 | cut -f 4) places hold it"
for turn in 2 3 4 5; do
    search_once
    sees game " T:$turn\$"
    "$memscan" --pid "$pid" next "$turn" --plain -q >"$work/left"
    echo "turn $turn: $(head -n 1 "$work/left" | cut -f 4) left"
done
[ "$(head -n 1 "$work/left" | cut -f 4)" -le 8 ]
"$memscan" --pid "$pid" set all 5000 --plain
search_once
sees game ' T:500[01]$'
echo "the screen shows: $(screen_of game | grep -o 'T:500[01]')"
