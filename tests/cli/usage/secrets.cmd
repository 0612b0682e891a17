# What stands in a target's memory goes to stdout and to files that only their owner may read: never into messages, not
# even with -v, and not into the names of things.
mkfifo never
start_target env CANARY=canary-5f3759df sh -c 'echo ready; read -r line <never'
at=$(memscan --pid "$pid" find '"canary-5f3759df"' --plain -q | head -n 1 | cut -f 1)
echo "found: ${at:+yes}"
{
    memscan --pid "$pid" find '"canary"' -v
    memscan --pid "$pid" find u8:0x63 --range "$at:15" --context 16 -v
    memscan --pid "$pid" read "$at:64" -v
    memscan --pid "$pid" write "$at" u8:0x63 --expect 1 -v
    memscan --pid "$pid" write "$at" 'text:canary' --expect 'dinghy' -v
    memscan --pid "$pid" write "$at" 'text:canary' -v
    memscan --pid "$pid" dump --range "$at:15" -o out.bin -v
    memscan --pid "$pid" dump --kind stack -o out.core -v
    memscan --pid "$pid" patch --match '63 61 6E 61 72 79 2D' --replace '63' -v
    echo "{\"memscan_patch\":1,\"edits\":[{\"address\":\"$at\",\"expect\":\"00 01\",\"replace\":\"63\"}]}" >patch.json
    memscan --pid "$pid" patch patch.json -v
    echo "{\"memscan_patch\":1,\"edits\":[{\"address\":\"$at\",\"expect\":\"63 61\",\"replace\":\"63 62\"}]}" >patch.json
    memscan --pid "$pid" patch patch.json --journal undo -v
    memscan --pid "$pid" write "$at" 'text:zoo' -v
    memscan --pid "$pid" patch --revert undo -v
    memscan --pid "$pid" write "$at" 'text:canary' -v
    memscan --pid "$pid" scan 'text:canary' --session one -v
    memscan --pid "$pid" next unchanged --session one -v
    memscan --pid "$pid" list --session one -v
    memscan --pid "$pid" hold "$at" text:canary --for 1ms --every 1ms -v
    memscan --pid "$pid" watch "$at:15" --as text --for 1ms --every 1ms -v
    memscan --pid "$pid" regions -v
    memscan --pid "$pid" info -v
    memscan --pid "$pid" threads -v
    memscan --pid "$pid" where "$at" -v
} 2>messages >results
grep -c -e 'canary-5f' -e '5f3759df' -e '63 61 6E 61' messages
grep -q 'canary-5f3759df' results && echo "results hold it, messages do not"
for file in out.bin out.core undo "$XDG_STATE_HOME"/memscan/sessions/*; do
    stat -c %a "$file"
done
stat -c %a "$XDG_STATE_HOME/memscan"
