/* live_child.h - a forked target that prepares its memory, tells the addresses through a pipe, and then does what it
 * is told, one letter at a time, answering each. It ends with its parent. */
#ifndef LIVE_CHILD_H
#define LIVE_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include <memscan/target.h>

typedef struct live_child {
    pid_t pid;
    int from, to;
    uint64_t told[16];
} live_child;

/* What a child does: `prepare` fills `told`; `obey`, if any, does what a letter means. */
typedef void live_prepare_fn(uint64_t told[16]);
typedef void live_obey_fn(char letter, uint64_t told[16]);

live_child live_child_start(live_prepare_fn *prepare, live_obey_fn *obey);
void live_child_tell(live_child *child, char letter); /* returns when it was done */
void live_child_end(live_child *child);               /* kills and reaps */

/* A number of /proc/PID/status, in kB: "VmRSS", "VmPTE". */
uint64_t live_child_status(const live_child *child, const char *field);

/* The mapping that holds an address, as the target's map shows it; valid until the next call. */
const memscan_region *live_child_region(const live_child *child, uint64_t address);

#endif
