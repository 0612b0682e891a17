# The manual and the completion know every command and every option of the help.
for command in $(memscan help | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -v '^memscan$'); do
    grep -q "^\.It Cm $command\b" "$SOURCE/docs/man/memscan.1" || echo "no $command in the manual"
    grep -q "commands=.*\b$command\b" "$SOURCE/completions/memscan.bash" || echo "no $command in the completion"
    for option in $(memscan help "$command" | sed -n 's/^  \(-[a-z], \)\{0,1\}--\([a-z-]*\).*/\2/p'); do
        grep -q -e "Fl -$option\b" -e ", -$option\$" "$SOURCE/docs/man/memscan.1" || echo "no --$option in the manual"
        grep -q -e "--$option\b" "$SOURCE/completions/memscan.bash" || echo "no --$option in the completion"
        echo "$command $option"
    done
done | sort | uniq -c | awk '$2 == "no" { print; wrong = 1 } END { print (NR > 60 ? "many" : "too few"); exit wrong }'
