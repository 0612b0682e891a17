# What cannot be meant is said before anything runs.
for words in "--full" "--axes log" "-o t --times 1..2" "--svg s --axes logarithmic" "--svg s --axes log,lin" \
    "--svg s --sizes 4K" "--svg s --sizes 4K..16" "--svg s --times 1ms..1m" "--svg s --times 5..5" "--json --full"; do
    # shellcheck disable=SC2086 # words
    memscan alloc $words -- echo not run
    echo "$words: exit $?"
done
ls
