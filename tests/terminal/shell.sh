#!/usr/bin/env bash
# shell.sh MEMSCAN GAME: the shell as a person types in it: the prompt, completion, history, Ctrl-C at the prompt and
# during a command, the end of the target, the history file's mode.
memscan=$1 game=$2
# shellcheck source=tests/terminal/lib.sh
source "$(dirname "$0")/lib.sh"
# libedit (3.1-20221030) never frees the names of functions that are added to it: no leak of ours.
echo 'leak:wcsdup' >"$work/leaks"
export LSAN_OPTIONS=suppressions=$work/leaks:print_suppressions=0
begin game "$game --truth"
sees game 'truth pid'
pid=$(screen_of game | sed -n 's/^truth pid //p')
gold=$(screen_of game | sed -n 's/^truth gold i32 \(0x[0-9a-f]*\) .*/\1/p')
begin shell "$memscan --pid $pid shell; echo left: \$?; exec cat"
sees shell "memscan-game $pid>\$"
type_in shell "scan i32:100 --range $gold:4"
press_in shell Enter
sees shell '^1 match$'
type_in shell 'li'
press_in shell Tab
sees shell '> list$'
press_in shell Enter
sees shell '^@1 +0x'
type_in shell 'hold @1 --e'
press_in shell Tab
sees shell 'hold @1 --every$'
press_in shell C-c # drops the line, and nothing else
sees shell "\\^C"
type_in shell 's'
press_in shell Tab
sees shell 'scan  set  sessions  shell  snapshot'
press_in shell C-c
type_in shell 'watch @1'
press_in shell Enter
sees shell '[0-9:.]{12} +0x[0-9a-f]+ +i32 +100'
press_in shell C-c # ends the command, not the shell
type_in shell 'set 4711'
press_in shell Enter
sees shell '100 -> 4711'
type_in game l
press_in game Enter
sees game 'gold 4711'
press_in shell Up
sees shell '> set 4711$'
press_in shell C-c
type_in game q
press_in game Enter
type_in shell 'list'
press_in shell Enter
# shellcheck disable=SC2016 # the backquotes are text
sees shell 'the target ended; `pid N` opens another'
sees shell '^memscan>$'
press_in shell C-d
sees shell 'left: 0'
[ "$(stat -c %a "$XDG_STATE_HOME/memscan/history")" = 600 ]
[ "$(stat -c %a "$XDG_STATE_HOME/memscan")" = 700 ]
echo "as it should be"
