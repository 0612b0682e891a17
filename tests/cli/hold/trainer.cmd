# examples/trainer.c: finds the lives by signature and pointer, holds them, lets them go, at the press of a key.
start_game
mkfifo wishes
"$TRAINER" "$pid" <wishes >trained 2>&1 9>&- &
trainer=$!
exec 8>wishes
wait_for 'q ends' trained
press f >/dev/null
press l | grep -o 'lives 2'
echo h >&8
wait_for held trained
tries=0
until press l | grep -q 'lives 99' || [ $tries -ge 50 ]; do
    tries=$((tries + 1))
done
press f >/dev/null
echo h >&8
wait_for 'let go' trained
echo q >&8
wait $trainer
echo "exit $?"
sed -E -e 's/\+0x[0-9a-f]+/+OFFSET/' -e 's/written [0-9]+ times/written often/' trained
"$TRAINER" "$pid" extra
echo "exit $?"
