# What was never touched is skipped, counted, and stays untouched.
start_target "$LARGE"
start=$(sed -n 's/^at //p' target_said)
rss() { awk '/^(VmRSS|VmPTE):/ { print $2 }' "/proc/$pid/status"; }
rss >before
memscan --pid "$pid" find u32:0x5ca1ab1e --range "$start:128M" --plain | wc -l
memscan --pid "$pid" find u32:0x5ca1ab1e --range "$start:128M" --json | tail -n 1
rss | diff before -
