#!/usr/bin/env bash
# consumer.sh - installs the build into a folder of its own and uses it from there as somebody else's project would: by
# find_package and by pkg-config, static and shared, each time with the program of the README on a live process.
#   consumer.sh CMAKE BUILD SOURCE CC TREASURE [FLAG...]     the flags: what the build was sanitized with
set -euo pipefail
cmake=$1 build=$2 source=$3 cc=$4 treasure=$5
flags=("${@:6}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
example=$source/examples/find_and_change.c

complain() {
    echo "consumer: $*" >&2
    exit 1
}

# The example finds the treasure, changes it, and the program itself tells the new value.
try_on_live_process() {
    local pid value
    coproc "$treasure"
    read -r pid <&"${COPROC[0]}"
    "$1" "$pid" 489438026 12648430 || complain "$1 failed"
    echo >&"${COPROC[1]}"
    read -r value <&"${COPROC[0]}"
    wait "$COPROC_PID"
    [ "$value" = 12648430 ] || complain "$1: the program's value is $value"
}

"$cmake" --install "$build" --prefix "$prefix" >"$scratch/install"
mv "$prefix" "$scratch/elsewhere" # an installed tree can be moved
prefix=$scratch/elsewhere
libdir=$(dirname "$(find "$prefix" -name libmemscan.a)")

build_by_find_package() {
    "$cmake" -S "$source/tests/package/consumer" -B "$scratch/$1" -G Ninja -DFORM="$1" -DEXAMPLE="$example" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="${flags[*]}" &&
        "$cmake" --build "$scratch/$1"
}

for file in bin/memscan libexec/memscan/memscan-game libexec/memscan/memscan-particles share/man/man1/memscan.1 \
    share/bash-completion/completions/memscan share/doc/memscan/LICENSE; do
    [ -s "$prefix/$file" ] || complain "$file was not installed"
done
"$prefix/bin/memscan" demo >"$scratch/demo" || complain "the installed demo failed"
[ -s "$libdir/memscan/memscan-recorder.so" ] || complain "the recorder was not installed"
"$prefix/bin/memscan" demo alloc -o "$scratch/alloc.tsv" >"$scratch/demo" 2>&1 || complain "the installed demo alloc failed"
[ -s "$scratch/alloc.tsv" ] || complain "the installed memscan recorded nothing"

for form in static shared; do
    if ! build_by_find_package "$form" >"$scratch/log" 2>&1; then
        cat "$scratch/log"
        complain "find_package, $form"
    fi
    try_on_live_process "$scratch/$form/find_and_change"
done

export PKG_CONFIG_PATH=$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
read -ra shared_options < <(pkg-config --cflags --libs memscan)
read -ra static_options < <(pkg-config --static --cflags --libs memscan | sed 's/-lmemscan/-l:libmemscan.a/')
"$cc" "${flags[@]}" -o "$scratch/by-pc-shared" "$example" "${shared_options[@]}"
"$cc" "${flags[@]}" -o "$scratch/by-pc-static" "$example" "${static_options[@]}"
LD_LIBRARY_PATH=$libdir try_on_live_process "$scratch/by-pc-shared"
try_on_live_process "$scratch/by-pc-static"

header=$(sed -n 's/^#define MEMSCAN_VERSION_M[A-Z]* *//p; s/^#define MEMSCAN_VERSION_PATCH *//p' \
    "$prefix/include/memscan/base.h" | paste -sd.)
[ "$(pkg-config --modversion memscan)" = "$header" ] || complain "memscan.pc and memscan/base.h name different versions"
readelf -d "$scratch/by-pc-shared" | grep -q "NEEDED.*libmemscan.so.${header%.*}\]" || complain "the soname is not ${header%.*}"
