/* linux_platform.h - live processes on Linux, as a platform (memscan/ext/platform.h). */
#ifndef MS_LINUX_PLATFORM_H
#define MS_LINUX_PLATFORM_H

#include <memscan/ext/platform.h>

extern const memscan_platform ms_linux_platform;

#endif
