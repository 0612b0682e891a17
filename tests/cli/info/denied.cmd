# A user without rights on somebody else's process: the cause, the step that helps, exit 5.
if [ "$(id -u)" = 0 ]; then start_game; else pid=1; fi
for words in info "find i32:100" "write 0x1000 i32:5"; do
    # shellcheck disable=SC2086 # words
    as_nobody "$MEMSCAN_BINARY" --pid "$pid" $words 2>said.here
    echo "exit $?"
    sed 's/:.*/:/' said.here
done
as_nobody "$MEMSCAN_BINARY" --pid "$pid" --find i32:100 --json 2>&1 | sed 's/"message":"[^"]*","hint":"[^"]*"/"message":M,"hint":H/'
