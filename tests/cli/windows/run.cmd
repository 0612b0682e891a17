# run gives the program's own status and leaves its words alone.
memscan run -- cmd /c 'exit 7'
echo "exit $?"
memscan run -- cmd /c echo 'two words' | tr -d '\r'
memscan run -- ./no-such-program
echo "not found: $?"
memscan run
echo "nothing to run: $?"
