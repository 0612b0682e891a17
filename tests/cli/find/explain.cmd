memscan find --explain 100 be:u32:0x64 1.5 '"text"' '48 8B ? ?? 89' '{ E2 ?? ~00 [4-6] (62 B4 | 56) }' 'not 5' 100..200
memscan find --explain 100 --type int --json
memscan find --explain text/i:Gold be:utf16/i:Gold
