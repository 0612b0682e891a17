/* windows_system.h - <windows.h> for this platform: no more of it than is needed, wide-character, Windows 10 and
 * later. What not every such Windows has is looked up at run time (windows_calls.c). */
#ifndef MS_WINDOWS_SYSTEM_H
#define MS_WINDOWS_SYSTEM_H

#ifndef UNICODE
#define UNICODE
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define PSAPI_VERSION 2 /* the K32... names in kernel32.dll */

#include <windows.h>

#include <psapi.h>
#include <tlhelp32.h>

#endif
