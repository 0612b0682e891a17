/* linux_process.h - the vtable's functions about processes and threads (linux_process.c). */
#ifndef MS_LINUX_PROCESS_H
#define MS_LINUX_PROCESS_H

#include <memscan/ext/platform.h>

memscan_status ms_linux_list(memscan_process_fn *visit, void *context, memscan_error *error);
memscan_status ms_linux_describe(uint64_t pid, char *path, size_t path_capacity, char *command, size_t command_capacity,
                                 size_t *command_length, memscan_error *error);
uint64_t ms_linux_self(void);
memscan_status ms_linux_threads(void *state, memscan_thread_fn *visit, void *context, memscan_error *error);

#endif
