# A picture that stands alone, in light and in dark; few dots, or squares for many.
memscan alloc -q --svg few.svg -- "$ALLOCATES" leaves 1 100
memscan alloc -q --svg many.svg -- "$ALLOCATES" sizes 1 20000
memscan alloc -q --svg linear.svg --axes linear --sizes 0..2K --times 0..1us -- "$ALLOCATES" sizes 1 20000
memscan alloc -q --svg mixed.svg --axes log,linear -- "$ALLOCATES" '<&">' 1 5
memscan alloc -q --svg none.svg -- "$ALLOCATES" leaves 1 0
for picture in few many linear mixed none; do
    head -c 5 $picture.svg
    tail -n 1 $picture.svg
    grep -c 'prefers-color-scheme:dark' $picture.svg
    grep -c -e '<script' -e 'href' -e 'url(' -e '<image' $picture.svg
    grep -o -e '>size of the allocation[^<]*' -e '>time it took[^<]*' -e 'class="dots"' -e 'allocations in a square' $picture.svg
    [ "$(wc -c <$picture.svg)" -lt 100000 ] || echo "too large"
done
grep -o '>100 allocations of 97.7 KiB' few.svg
grep -o '>[0-9]* [KM]iB<\|>[0-9.]* B<' linear.svg | tr '\n' ' '
grep -c 'lie outside these axes' linear.svg
grep -o '&lt;&amp;&quot;&gt;' mixed.svg
