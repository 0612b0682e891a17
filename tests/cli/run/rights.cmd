# What is started has the rights, the ids and the signals of whoever starts it: nothing is added, nothing taken away. (glibc's
# posix_spawn ignores two signals of its own, 32 and 33: the last digits of SigIgn are those of the others.)
look='grep -E "^(Uid|Gid|Groups|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp|Sig(Blk|Ign)):" /proc/self/status | sed "s/^\(SigIgn:\).*\(.......\)$/\1 \2/"'
sh -c "$look" >plain
memscan run -- sh -c "$look" >run
memscan alloc -q -- sh -c "$look" >alloc
grep -q CapEff plain && cmp plain run && cmp plain alloc && echo "the same"
