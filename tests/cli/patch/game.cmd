# The three worked examples of docs/formats.md, and two edits as one whole, on the bundled game.
export XDG_STATE_HOME=$work/state
start_game
cp "$SOURCE"/docs/examples/*.json .
memscan --pid "$pid" patch lives.json --dry-run
press l | sed 's/ *$//'
memscan --pid "$pid" patch lives.json --journal lives.undo
press l | sed 's/ *$//'
memscan --pid "$pid" patch lives.json
echo "again: exit $?"
memscan --pid "$pid" patch --revert lives.undo
press l | sed 's/ *$//'
memscan --pid "$pid" patch --revert lives.undo --plain
[ "$(stat -c %a lives.undo)" = 600 ] || echo "the journal is for everybody's eyes"
sed -i "s/HERE/$gold/" gold.json
memscan --pid "$pid" patch gold.json --journal gold.undo
press l | sed 's/ *$//'
memscan --pid "$pid" patch gold.json --dry-run
echo "exit $?"
memscan --pid "$pid" patch deep.json --journal deep.undo --json | sed "s/\"old_bytes\":\"[0-9a-f]*\"/\"old_bytes\":\"OLD\"/"
press l | sed 's/ *$//'
memscan --pid "$pid" patch deep.json --quiet --plain | cut -f 5
echo "exit $?"
memscan --pid "$pid" patch --revert deep.undo >/dev/null
echo "exit $?"
press l | sed 's/ *$//'
