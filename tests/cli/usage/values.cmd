# Options without their value, with one too many, twice, with a value that cannot be meant.
for words in "find i32:5 --limit" "find i32:5 --all=1" "find i32:5 --limit 5 --limit 6" "find i32:5 --limit x" \
    "find i32:5 --limit 0" "find i32:5 --jobs -1" "find i32:5 --timeout fast" "find i32:5 --align 0" \
    "find i32:5 --perm rwxp" "find i32:5 --perm w--" "find i32:5 --kind heap,lake" "find i32:5 --swapped maybe" \
    "find i32:5 --context 99999" "find i32:5 --type i33" "read 0x1000 --as float" "find i32:5 --pid 0" \
    "find i32:5 --pid x" "find i32:5 --pid -5" "find i32:5 --pid 1 --name x" "find i32:5" "ps --limit 5" \
    "ps a b" "read" "write 0x1000" "where --pid self" "version 1" "ps -z" "ps -qz"; do
    # shellcheck disable=SC2086 # words
    memscan $words
    echo "$words: exit $?"
done
