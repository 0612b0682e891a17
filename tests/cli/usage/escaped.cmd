# What was typed reaches the terminal harmless.
memscan "$(printf '\033[31mred')" 2>&1
memscan --"$(printf '\033[31mred')" 2>&1
memscan find --pid "$(printf '\033[31mred')" i32:5 2>&1
memscan find --pid self "$(printf 'i32:\033[31mred\342\200\256')" 2>&1
memscan find --pid self i32:5 --range "$(printf '\033[31mred')" 2>&1
memscan where --pid self "$(printf '\033[31mred')" 2>&1
memscan ps "$(printf '\033[31mred')" 2>&1
memscan find --name "$(printf '\033[31mred')" i32:5 2>&1
memscan run -- "$(printf '\033[31mred')" 2>&1
