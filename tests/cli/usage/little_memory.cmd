# Memory that memscan may take: from nothing to plenty. It does its work or says in one line that it cannot; the target runs.
start_game
for kib in 2000 3000 4000 6000 8000 10000 12000 16000 20000 24000 32000 48000 64000 96000 128000 256000; do
    for command in "find i32:100 --plain -q" "scan unknown -q" "regions --plain" "dump -o out.core -q"; do
        (
            ulimit -v "$kib"
            # shellcheck disable=SC2086 # words
            exec ${MEMSCAN_PREFIX:-} "$MEMSCAN_BINARY" --pid "$pid" $command
        ) >out 2>err
        code=$?
        case $code in
        0 | 1) ;;
        2) [ -s err ] || echo "$command with $kib KiB: not a word" ;;
        127) ;; # the loader itself got no memory
        *)
            grep -q -e 'shared librar' -e 'failed to map' -e 'cannot allocate' err || {
                echo "$command with $kib KiB: exit $code"
                cat err
            }
            ;;
        esac
    done
done
echo "with plenty: $code"
press l | sed 's/ *$//'
