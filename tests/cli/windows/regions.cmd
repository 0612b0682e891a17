# The classic walk: pid, handle, page size, first and last address; and every range with its state, protection, type and
# allocation, what is free or only reserved on request. The target says where it has what.
start_truth
memscan --pid "$pid" regions | sed -n 1,2p | tr -s ' '
memscan --pid "$pid" regions --free >all
show() { grep "^$1 " all | awk '{ $2 = "SIZE"; print }'; }
for what in guarded guard function pattern2 noaccess; do
    echo "$what"
    show "$(printf '0x%012x' "$(told $what)")" | tr -s ' ' | sed 's/[A-Z]:.*/PATH/'
done
reserved=$(printf '0x%012x' $(($(told guarded) + 3 * 4096)))
echo reserved
show "$reserved" | tr -s ' '
grep -c ' free ' all | awk '{ print ($1 > 5 ? "many free" : "few free") }'
# Without --free neither free nor reserved ranges are shown.
memscan --pid "$pid" regions | grep -c -e ' free ' -e ' reserved '
memscan --pid "$pid" regions --free --json | "$JSON_CHECK"
memscan --pid "$pid" regions --free --json | grep -m 1 '"state":"free"' | sed 's/"size":[0-9]*/"size":N/'
memscan --pid self regions --free | sed -n '1s/process [0-9]*/process N/p'
