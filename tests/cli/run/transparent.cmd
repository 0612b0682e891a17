# The program gets its words, its input and its signals as if memscan had not been there.
echo input | memscan run -- sh -c 'cat; echo "$0 $1" >&2' 'a b' --find
memscan run -- sh -c 'kill -PIPE $$'
echo "exit $?"
