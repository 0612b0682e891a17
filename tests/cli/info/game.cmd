start_game
memscan --pid "$pid" info | sed 's/^\(executable\|command\|user\|regions\|mapped\|resident\|swapped\|page tables\|faults\|huge page\|lowest\|highest\|address bits\|processors\) .*/\1/;s/^  \(yes\|no \) *\([a-z-]*\).*/  \2/' | grep -v hint:
memscan --pid "$pid" info --json | "$JSON_CHECK"
memscan --pid self info | head -n 1 | sed 's/[0-9][0-9]*/N/'
