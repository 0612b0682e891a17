# Programs run unharmed: what they print, and what they make, is byte for byte what it is without memscan.
printf '#include <iostream>\n#include <map>\n#include <string>\nint main() { std::map<int, std::string> m; for (int i = 0; i < 1000; i++) m[i * 7919 %% 1009] = std::string(i %% 50, 120); for (auto &p : m) std::cout << p.first << p.second; }\n' >p.cc
printf 'int main(void) { return 0; }\n' >p.c
try() {
    command -v "$1" >/dev/null || return 0 # not every machine has all of them
    "$@" >plain.out 2>plain.err
    plain=$?
    for made in a.out p.s; do [ ! -f $made ] || mv $made plain.$made; done
    memscan alloc -q -- "$@" >seen.out 2>seen.err
    seen=$?
    [ "$plain" = "$seen" ] || echo "$1: exit $seen, not $plain"
    cmp plain.out seen.out && cmp plain.err seen.err
    for made in a.out p.s; do [ ! -f $made ] || cmp $made plain.$made; done
    rm -f a.out p.s plain.a.out plain.p.s
}
try ls -lR /usr/include/linux
try gcc -O2 -S p.c
try gcc -Wall -Wextra no-such-file.c
try gcc -O1 p.c
g++ -o cc p.cc && try ./cc
try g++ -O1 -S -o p.s p.cc
try git --version
try git -C / status
try python3 -c 'import json, sys; print(json.dumps({str(i): [i] * 5 for i in range(5000)})); print("aside", file=sys.stderr); sys.exit(3)'
try sh -c 'echo "$1" | sed s/a/b/ | sort; exit 9' sh aaa
try perl -e 'print map { "$_\n" } reverse 1..2000'
echo done
