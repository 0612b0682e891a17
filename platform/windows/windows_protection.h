/* windows_protection.h - what PAGE_ and MEM_ flags come to. */
#ifndef MS_WINDOWS_PROTECTION_H
#define MS_WINDOWS_PROTECTION_H

#include <stdbool.h>

#include <memscan/memory.h>

#include "windows_system.h"

/* MEMSCAN_PROT_ bits; none for guard pages, whatever else they carry: touching one breaks it. */
uint32_t ms_windows_protection(DWORD page_flags);
/* Static storage; NULL for 0 and for what is no protection. */
const char *ms_windows_protection_name(DWORD page_flags);
const char *ms_windows_type_name(DWORD memory_type);

/* Whether memory may be read: WHOLE, or why not. */
memscan_outcome ms_windows_readable(const MEMORY_BASIC_INFORMATION *memory);

#endif
