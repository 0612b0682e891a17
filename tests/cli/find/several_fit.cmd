sleep 60 &
echo $! >one.pid
sleep 60 &
echo $! >two.pid
wait_for sleep "/proc/$(cat two.pid)/comm"
name_it ONE "$(cat one.pid)"
name_it TWO "$(cat two.pid)"
memscan --name sleep find i32:5 >said 2>&1
echo "exit $?"
grep -c -e "--pid $(cat one.pid) " -e "--pid $(cat two.pid) " said
tail -n 1 said
