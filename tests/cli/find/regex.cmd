# A regular expression: what it matched is shown as text, and as text in JSON. A build without an engine says so.
start_game
if memscan version | grep -q 'PCRE2'; then
    memscan --pid "$pid" find '/mind the t[a-z]+s/' --plain -q | head -n 1 | cut -f 2,3
    memscan --pid "$pid" find 're:(?i)MIND the (trolls|elves)' --json | grep '"match"' | head -n 1 |
        grep -o '"value_type":"re","value":"[^"]*"'
    memscan --pid "$pid" find '/mind the t[a-z]+s/' --json | "$JSON_CHECK"
    memscan find --explain '/a[/]b/' 're:/'
    for expression in 're:^a' 're:a(?=b)' 're:(a' 're:a{5000}' 're:[z-a]' 're:(a)\1' 're:a++'; do
        memscan find --pid "$pid" "$expression" 2>&1
    done
else
    memscan find --pid "$pid" '/a/' 2>&1 | grep -q 'built without regular expressions' && cat "$SOURCE/tests/cli/find/regex.out"
fi
true
