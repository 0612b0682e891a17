/* linux_recorder.h - what the parts of the recorder's other side share: the shared memory (linux_recorder.c) and the
 * program that is started (linux_recorded.c). */
#ifndef MS_LINUX_RECORDER_H
#define MS_LINUX_RECORDER_H

#include <sys/types.h>

#include "../../libmemscan/base/recorder.h"
#include "../../recorder/format.h"

#define LINUX_RECORDER_PATH_MAX 4096

struct ms_recorder {
    const memscan_allocator *allocator;
    recorder_header *header;
    uint64_t size; /* of the shared memory */
    /* Our own, since the program can change those of the header: where what is in the memory lies, and the clock. */
    uint64_t slots_at, rings_at;
    uint32_t slot_count, clock;
    int fd;
    uint64_t reclaimed_at; /* when ended threads were last looked for */
    double tick_ns, clock_ns;
    pid_t process;  /* 0: none was started, or its end was seen */
    pid_t started;  /* its number, also afterwards */
    int process_fd; /* -1: none */
    int code, signal;
    char path[LINUX_RECORDER_PATH_MAX]; /* of the recorder's file */
};

/* The path of the recorder's file: as given, or where it belongs, beside this library or this program. */
memscan_status ms_linux_recorder_find(const char *given, char *path, memscan_error *error);

/* linux_recorded.c: members of the table. */
memscan_status ms_linux_recorder_start(ms_recorder *recorder, char *const *arguments, memscan_error *error);
uint64_t ms_linux_recorder_process(const ms_recorder *recorder);
bool ms_linux_recorder_ended(ms_recorder *recorder, int *code, int *signal);
void ms_linux_recorder_wait(ms_recorder *recorder);

#endif
