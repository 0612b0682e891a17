/* windows_protection.c - what PAGE_ and MEM_ flags come to ("Memory Protection Constants"). */
#include "windows_protection.h"

/* The base protections are single bits, 0x01 to 0x80; modifiers lie above. */
enum { BASE_FLAGS = 0xff };

uint32_t ms_windows_protection(DWORD page_flags)
{
    if (page_flags & PAGE_GUARD)
        return 0;
    switch (page_flags & BASE_FLAGS) {
    case PAGE_READONLY: return MEMSCAN_PROT_READ;
    case PAGE_READWRITE:
    case PAGE_WRITECOPY: return MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE;
    case PAGE_EXECUTE: return MEMSCAN_PROT_EXECUTE;
    case PAGE_EXECUTE_READ: return MEMSCAN_PROT_READ | MEMSCAN_PROT_EXECUTE;
    case PAGE_EXECUTE_READWRITE:
    case PAGE_EXECUTE_WRITECOPY: return MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE | MEMSCAN_PROT_EXECUTE;
    default: return 0;
    }
}

/* Every base with the modifiers that can go with it: none, guard, no cache, write-combined. */
#define NAMES(base)                                                                                                    \
    {                                                                                                                  \
        base, base " | PAGE_GUARD", base " | PAGE_NOCACHE", base " | PAGE_WRITECOMBINE"                                \
    }

const char *ms_windows_protection_name(DWORD page_flags)
{
    static const char *const names[8][4] = {
        NAMES("PAGE_NOACCESS"),          NAMES("PAGE_READONLY"),          NAMES("PAGE_READWRITE"),
        NAMES("PAGE_WRITECOPY"),         NAMES("PAGE_EXECUTE"),           NAMES("PAGE_EXECUTE_READ"),
        NAMES("PAGE_EXECUTE_READWRITE"), NAMES("PAGE_EXECUTE_WRITECOPY"),
    };
    unsigned modifier = page_flags & PAGE_GUARD          ? 1
                        : page_flags & PAGE_NOCACHE      ? 2
                        : page_flags & PAGE_WRITECOMBINE ? 3
                                                         : 0;
    for (unsigned i = 0; i < 8; i++)
        if ((page_flags & BASE_FLAGS) == 1u << i)
            return names[i][modifier];
    return NULL;
}

const char *ms_windows_type_name(DWORD memory_type)
{
    switch (memory_type) {
    case MEM_PRIVATE: return "MEM_PRIVATE";
    case MEM_MAPPED: return "MEM_MAPPED";
    case MEM_IMAGE: return "MEM_IMAGE";
    default: return NULL;
    }
}

memscan_outcome ms_windows_readable(const MEMORY_BASIC_INFORMATION *memory)
{
    if (memory->State != MEM_COMMIT)
        return MEMSCAN_NOT_MAPPED;
    return ms_windows_protection(memory->Protect) & MEMSCAN_PROT_READ ? MEMSCAN_WHOLE : MEMSCAN_PROTECTED;
}
