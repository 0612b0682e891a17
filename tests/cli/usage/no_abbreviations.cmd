memscan find --lim 5 i32:1
