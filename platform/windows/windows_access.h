/* windows_access.h - opening a process with the rights that are needed, and saying what would help where Windows
 * refuses. */
#ifndef MS_WINDOWS_ACCESS_H
#define MS_WINDOWS_ACCESS_H

#include <stdbool.h>

#include <memscan/base.h>

#include "windows_system.h"

/* SeDebugPrivilege, which lets administrators open the processes of others. It is borrowed for this thread and given
 * back: the program that we are a guest in keeps the token it has. */
typedef struct windows_debug {
    bool borrowed;
} windows_debug;
void ms_windows_debug_borrow(windows_debug *debug);
void ms_windows_debug_return(windows_debug *debug);

/* The rights that MEMSCAN_READ and MEMSCAN_WRITE come to. */
DWORD ms_windows_rights(uint32_t access);

/* NULL and GetLastError() when it is refused. Borrows the privilege where it is refused without. */
HANDLE ms_windows_open_process(uint64_t pid, DWORD rights);

/* Fills the error of an ms_windows_open_process that ended with `os_code`, with the one step that would help. */
memscan_status ms_windows_open_failed(uint64_t pid, DWORD os_code, memscan_error *error);

#endif
