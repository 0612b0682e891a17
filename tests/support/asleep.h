/* asleep.h - waits until a thread of another process sleeps where it was meant to: in read(2), for input that nobody sends.
 * That it does not run is not enough, since it may wait for the other threads and go on. */
#ifndef TEST_ASLEEP_H
#define TEST_ASLEEP_H

#include <stdint.h>
#include <sys/types.h>

void await_read(pid_t pid, uint64_t thread);
/* All threads that the process has by now. */
void await_reads(pid_t pid);

#endif
