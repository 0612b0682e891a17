#!/bin/sh
# run-under-yama.sh - with Yama at 1, a user without rights: a program of his own is closed to memscan, the same program
# started by `memscan run` is open, also to a memscan that has nothing to do with its start; and the demo works.
# shellcheck disable=SC2154 # build: set by the guest
memscan=$build/bin/memscan
game=$build/libexec/memscan/memscan-game
folder=$(mktemp -d)
chmod 777 "$folder"
status=0
echo 1 >/proc/sys/kernel/yama/ptrace_scope

# The words hold nothing that a shell would read otherwise.
as_user() {
    su -s /bin/sh user -c "$*"
}

fail() {
    echo "$1"
    status=1
}

said() {
    sed -n "s/^truth $2 //p" "$folder/$1.said"
}

# begin NAME COMMAND...: starts the game and waits until it has told its truth.
begin() {
    name=$1
    shift
    as_user "$@" --auto --every 60000 --truth >"$folder/$name.said" 2>&1 &
    tries=0
    until grep -q entrance "$folder/$name.said"; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ]; then
            echo "$name never began: $(cat "$folder/$name.said")"
            exit 1
        fi
        sleep 0.1
    done
}

begin plain "$game"
begin open "$memscan" run -- "$game"

as_user "$memscan" --pid "$(said plain pid)" find i32:100 -q >"$folder/out" 2>"$folder/err"
code=$?
[ "$code" = 5 ] || fail "a program that was started without us: exit $code, not 5"
grep -q ptrace_scope "$folder/err" || fail "the cause is not named: $(cat "$folder/err")"

gold=$(said open gold | cut -d ' ' -f 2)
as_user "$memscan" --pid "$(said open pid)" find i32:100 -q --plain >"$folder/out" 2>"$folder/err"
code=$?
[ "$code" = 0 ] || fail "a program started by run: exit $code: $(cat "$folder/err")"
grep -q "^$gold" "$folder/out" || fail "its gold was not found"
as_user "$memscan" --pid "$(said open pid)" write "$gold" i32:4711 -q >"$folder/out" 2>&1 || fail "$(cat "$folder/out")"
as_user "$memscan" --pid "$(said open pid)" read "$gold" --as i32 --plain | grep -q '4711$' || fail "it was not written"

as_user "$memscan" demo >"$folder/out" 2>&1 || fail "the demo failed: $(cat "$folder/out")"

kill "$(said plain pid)" "$(said open pid)"
rm -rf "$folder"
exit $status
