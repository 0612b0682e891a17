/* windows_platform.h - the processes of a Windows machine, as a platform. */
#ifndef MS_WINDOWS_PLATFORM_H
#define MS_WINDOWS_PLATFORM_H

#include <memscan/ext/platform.h>

extern const memscan_platform ms_windows_platform;

#endif
