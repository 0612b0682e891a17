#!/bin/sh
# yama-scopes.sh - what each of Yama's ptrace_scopes permits to whom, and that memscan names the cause where it is denied.
# The scopes in ascending order, and this script after all others: 3 is for good.
# shellcheck disable=SC2154 # build: set by the guest
memscan=$build/bin/memscan
game=$build/libexec/memscan/memscan-game
folder=$(mktemp -d)
chmod 777 "$folder"
failures=0

# The words hold nothing that a shell would read otherwise.
as() {
    user=$1
    shift
    su -s /bin/sh "$user" -c "$*"
}

# begin [COMMAND...]: starts user's game and waits until it has told its pid, which is then in $pid.
begin() {
    rm -f "$folder/said"
    mkfifo -m 666 "$folder/said"
    as user "$@" "$game" --auto --every 60000 --truth >"$folder/said" 2>&1 &
    exec 3<>"$folder/said" # for both: opening it for reading alone would wait, and be interrupted by an earlier child's end
    pid=
    while [ -z "$pid" ] && read -r line <&3; do
        pid=$(echo "$line" | sed -n 's/^truth pid //p')
    done
    [ -n "$pid" ] || exit 1
}

end() {
    kill "$pid"
    exec 3<&-
}

# expect SCOPE WHOM USER EXIT [WORD]: how USER's search ends, and a word of what it says.
expect() {
    echo "$1" >/proc/sys/kernel/yama/ptrace_scope
    as "$3" "$memscan" --pid "$pid" find i32:100 -q >"$folder/out" 2>"$folder/err"
    code=$?
    if [ "$code" -ne "$4" ] || { [ -n "$5" ] && ! grep -q "$5" "$folder/err"; }; then
        echo "ptrace_scope $1, $2: exit $code, not $4 ($5): $(cat "$folder/err")"
        failures=$((failures + 1))
    fi
}

begin
expect 0 "the same user" user 0
expect 0 "another user" other 5
expect 1 "the same user" user 5 ptrace_scope
expect 1 "another user" other 5
expect 1 "root" root 0
expect 2 "the same user" user 5 ptrace_scope
expect 2 "root" root 0
end

begin "$memscan" run --
expect 1 "the same user, of what run started" user 0
expect 1 "another user, of what run started" other 5
expect 2 "the same user, of what run started" user 5 ptrace_scope
expect 3 "root" root 5 ptrace_scope
end
rm -rf "$folder"
[ "$failures" -eq 0 ]
