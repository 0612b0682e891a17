# Nobody reads on: 141, and not a word.
start_game
{
    memscan --pid "$pid" find u8:0
    echo "$?" >code
} | head -n 1 >/dev/null
cat code
