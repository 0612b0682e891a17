#!/usr/bin/env bash
# includes.sh FILE... - what include-what-you-use would remove from each, one line a header. Of <sys/syscall.h> it knows only
# the headers behind it.
for file in "$@"; do
    include-what-you-use -std=c17 -Iinclude -I. -I/usr/include/cjson -Xiwyu --no_fwd_decls "$file" 2>&1 |
        grep -v '<sys/syscall.h>' | sed -n "\|^$file should remove|,/^\$/ s|^- #include \([^ ]*\).*|$file: \1 is not used|p"
done
