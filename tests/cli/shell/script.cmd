# The shell reads a script: scanmem's short forms, the plain commands, a target that ends and another one.
start_game
sed 's/^    //' >script <<'END'
    # the purse
    100
    > 5
    list
    = 
    set 150
    set 1=160
    undo
    reset
    list
    'i32:160' --range GOLD:4
    + 3
    undo
    !=
    undo
    100..200
    read @1 --as i32
    write @1 i32:120
    - 40
    list
    nonsense
    help undo
    shell
    run -- ls
    "never closed
    snapshot
    exit
    list
END
sed "s/GOLD/$gold/; s/^100\$/i32:100 --range $gold:4/; s/^snapshot\$/scan unknown --range $gold:4/" script |
    memscan --pid "$pid" shell -q
echo "exit $?"
press q >/dev/null
printf 'list\npid 1x\nexit\n' | memscan shell
echo "exit $?"
