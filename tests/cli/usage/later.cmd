# Commands and options of the contract that this version does not have.
for words in \
    "trap 0x1" "pointer scan" "table" "diff a b" "regions --core f" \
    "regions --raw f" "regions --gdb h:1" \
    "--help trap" "help trap"; do
    # shellcheck disable=SC2086 # words
    memscan $words
    echo "$words: exit $?"
done
