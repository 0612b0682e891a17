# Nothing of this writes anything.
export XDG_STATE_HOME=$work/state
start_game
echo '{' >broken.json
echo '{"memscan_patch": 1, "edits": [{"find": "90"}]}' >half.json
: >empty.undo
for words in "" "a.json" "broken.json" "half.json" "--match 90" "half.json --revert x" "--revert nosuch" \
    "--revert empty.undo" "--revert broken.json" "--match 00000000 --replace 01" \
    "--match feeddeadbeef1234567890 --replace 00" "--match 90 --replace 9x" "--revert x --journal y" "half.json --suspend"; do
    # shellcheck disable=SC2086 # words
    memscan --pid "$pid" patch $words
    echo "exit $?"
done
press l | sed 's/ *$//'
