/* builtin.c - which platforms this build holds: the one list, and the one place that names the system. */
#include "../libmemscan/base/builtin.h"

#ifdef __linux__
#include "linux/linux_platform.h"
#endif
#ifdef _WIN32
#include "windows/windows_platform.h"
#endif

const memscan_platform *const ms_builtin_platforms[] = {
#ifdef __linux__
    &ms_linux_platform,
#endif
#ifdef _WIN32
    &ms_windows_platform,
#endif
    NULL,
};
