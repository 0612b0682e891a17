# One line says that this system is not covered.
memscan alloc -- cmd /c 'echo not run'
echo "exit $?"
memscan demo alloc
echo "exit $?"
