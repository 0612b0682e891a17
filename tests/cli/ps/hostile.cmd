start_target "$HOSTILE"
{
    memscan ps
    memscan ps -v
    memscan ps --plain
    memscan ps --json
} 2>&1 | only_harmless
memscan ps --json | grep "\"pid\":$pid," | grep -o '"encoding":"hex"'
for command in info regions modules threads "regions --map" "regions --summary" "regions --svg map.svg" \
    "find u8:1 --kind file,shared" "find --explain u8:1"; do
    for form in "" --plain --json -v; do
        # shellcheck disable=SC2086 # words
        memscan --pid "$pid" $command $form 2>&1 | only_harmless | sed "s/^/$command $form: /" | grep -v 'nothing at all'
    done
done
only_harmless <map.svg
map=$(sed -n 's/^mapped //p' target_said)
memscan --pid "$pid" where "$map" 2>&1 | only_harmless
memscan --pid "$pid" where "$map" --json 2>&1 | only_harmless
memscan --pid "$pid" threads --json | "$JSON_CHECK"
memscan --pid "$pid" regions --json | "$JSON_CHECK"
