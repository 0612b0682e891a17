# What cannot be sought: one clear line, exit 2, before any target is opened.
for expression in i33:5 i8:200 u8:-1 i32:99999999999 f32:x hex:4 hex:4g 'hex:' i32: text: '"open' beef '5 6 7' ptr:-1 \
    '200..100' 'above' i32:unknown; do
    memscan find --pid self "$expression"
    echo "$expression: exit $?"
done
