# Pictures of small and large address spaces: nothing is cut, nothing lies upon anything else, every region is a block.
mkfifo hold
exec 8<>hold
check() {
    memscan --pid "$pid" regions --svg picture.svg "$@" && "$SVG_CHECK" picture.svg >verdict || cat verdict
    memscan --pid "$pid" regions --plain | awk 'END { print NR }' >regions
    sed -n 's/ blocks.*//p' verdict | diff regions - && echo "fits"
}
start_target sh -c 'exec "$MAPPINGS" 4 <hold'
check
check --mark '[stack]' --mark '[stack]+8' --mark '[stack]+0x100' --mark 0 --mark 1 --mark 0xffff00000000
start_target sh -c 'exec "$MAPPINGS" 300 <hold'
check --mark '[heap]'
start_target sh -c 'exec "$MAPPINGS" 10000 <hold'
# shellcheck disable=SC2046 # words
check $(seq 0 5000 100000 | sed 's/.*/--mark [stack]+&/')
memscan --pid "$pid" regions --map | wc -l | awk '{ print ($1 > 40 && $1 < 1000 ? "a map" : $1 " lines") }'
