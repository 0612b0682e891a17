#!/usr/bin/env bash
# windows.sh ZIP TRIPLET TRUTH.exe SOURCE [WINE_RUN]: unpacks the Windows package and uses it as somebody else's project
# would: by find_package and by pkg-config, static and shared. With WINE_RUN the program of the README is run on a live
# process each time.
set -euo pipefail
zip=$(realpath "$1") triplet=$2 truth=$3 source=$4 wine_run=${5:-}
example=$source/examples/find_and_change.c
scratch=$(mktemp -d)
target=''
trap '[ -z "$target" ] || kill "$target" 2>/dev/null; rm -rf "$scratch"' EXIT

complain() {
    echo "windows package: $*" >&2
    exit 1
}

(cd "$scratch" && cmake -E tar xf "$zip")
prefix=$(echo "$scratch"/memscan-*)
export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig PKG_CONFIG_PATH=''

told() {
    sed -n "s/^$1 //p" "$scratch/said"
}

# The example finds the value in the living target and changes it; the target itself tells the new one.
try_on_live_process() { # PROGRAM
    [ -n "$wine_run" ] || return 0
    rm -f "$scratch/keys"
    mkfifo "$scratch/keys"
    "$wine_run" "$truth" <"$scratch/keys" >"$scratch/said" &
    target=$!
    exec 9>"$scratch/keys"
    for _ in $(seq 600); do
        grep -q '^ready' "$scratch/said" && break
        sleep 0.1
    done
    "$wine_run" "$1" $(($(told pid))) 1234567 12648430 >"$scratch/example" 2>&1 || complain "$1: $(cat "$scratch/example")"
    echo "look $(told static) 4" >&9
    exec 9>&-
    wait "$target" || true
    target=''
    [ "$(tail -n 1 "$scratch/said" | tr -d '\r')" = eeffc000 ] || complain "$1 changed nothing"
}

build_by_find_package() { # FORM
    cmake -S "$source/tests/package/consumer" -B "$scratch/$1" -G Ninja -DFORM="$1" -DEXAMPLE="$example" \
        -DCMAKE_TOOLCHAIN_FILE="$source/cmake/mingw-w64.cmake" -DMINGW_TRIPLET="$triplet" \
        -Dmemscan_DIR="$prefix/lib/cmake/memscan" &&
        cmake --build "$scratch/$1"
}

for form in static shared; do
    if ! build_by_find_package "$form" >"$scratch/log" 2>&1; then
        cat "$scratch/log"
        complain "find_package, $form"
    fi
    cp "$prefix/bin/libmemscan.dll" "$scratch/$form/"
    try_on_live_process "$scratch/$form/find_and_change.exe"
done

read -ra shared_options < <(pkg-config --cflags --libs memscan)
read -ra static_options < <(pkg-config --static --cflags --libs memscan)
"$triplet-gcc" -D__USE_MINGW_ANSI_STDIO=1 -o "$scratch/shared/by-pc.exe" "$example" "${shared_options[@]}"
"$triplet-gcc" -D__USE_MINGW_ANSI_STDIO=1 -DMEMSCAN_STATIC -static -o "$scratch/static/by-pc.exe" "$example" "${static_options[@]}"
try_on_live_process "$scratch/shared/by-pc.exe"
try_on_live_process "$scratch/static/by-pc.exe"
[ -z "$wine_run" ] || "$wine_run" "$prefix/bin/memscan.exe" demo >"$scratch/demo" || complain "the demo failed"
echo "the Windows package serves find_package and pkg-config, static and shared"
