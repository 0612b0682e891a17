/* linux_library.c - libraries that are opened when they are needed.
 *
 * What was opened is never unloaded (RTLD_NODELETE): what such a library starts once, or keeps for a thread, is not made to
 * bear a second time, and the functions stay good after the handle is closed. To open it again finds it there: that takes
 * no file, and no more than a few microseconds. */
#define _DEFAULT_SOURCE /* not _GNU_SOURCE: POSIX's strerror_r */
#include "linux_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "linux_sys.h"

_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "dlsym answers for functions, too (POSIX)");

static bool tells_of(const char *words, int os_code)
{
    char text[128];
    return strerror_r(os_code, text, sizeof text) == 0 && strstr(words, text) != NULL;
}

/* Where a segment cannot be mapped glibc does not say why. Libraries are smaller than this. */
static bool has_room(void)
{
    enum { ROOM = 16 << 20 };
    void *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room != MAP_FAILED)
        munmap(room, ROOM);
    return room != MAP_FAILED;
}

/* glibc's loader has an errno of its own, which it tells only by its words, in the language of the caller's locale; where
 * memory lacks for these, by "out of memory". The C library, which it asks for memory, sets the one that we see. */
static int shortage_in(const char *words, int os_code)
{
    enum { CODES = 134 }; /* errno(3) */
    if (ms_linux_is_shortage(os_code))
        return os_code;
    for (int code = 1; code < CODES; code++)
        if (ms_linux_is_shortage(code) && tells_of(words, code))
            return code;
    return strstr(words, "out of memory") || !has_room() ? ENOMEM : 0;
}

static memscan_status cannot_open(const linux_library *library, const char *soname, int os_code, memscan_error *error)
{
    char shown[200];
    const char *words = dlerror();
    if (!words)
        words = "out of memory"; /* not even for the words */
    int shortage = shortage_in(words, os_code);
    if (shortage == ENOMEM)
        return ms_fail_memory(error);
    if (shortage)
        return ms_fail_os(error, MEMSCAN_OS, shortage, "%s: %s", library->purpose, ms_linux_error_text(shortage));
    memscan_escape(words, shown, sizeof shown);
    ms_fail(error, MEMSCAN_NOT_SUPPORTED, "%s: %s", library->purpose, shown);
    ms_hint(error, "install %s (on Debian and Ubuntu the package %s)", soname, library->package);
    return MEMSCAN_NOT_SUPPORTED;
}

/* False: it lacks one. A piece at a time, since what lies there are pointers of other types. */
static bool fill(void *handle, const char *const *names, char *pointers)
{
    for (size_t i = 0; names[i]; i++) {
        void *function = dlsym(handle, names[i]);
        if (!function)
            return false;
        memcpy(pointers + i * sizeof function, &function, sizeof function);
    }
    return true;
}

/* What a library keeps for a thread glibc takes from malloc when the thread first uses it, and ends the process where there
 * is nothing: so there had better be. */
static bool has_memory_for_thread(void)
{
    enum { MEMORY = 8 << 10 }; /* libproc2's is 3 KiB */
    void *memory = ms_alloc(&ms_default_allocator, MEMORY);
    bool there = memory != NULL;
    ms_free(&ms_default_allocator, memory, MEMORY);
    return there;
}

memscan_status ms_linux_library_open(const linux_library *library, const char *soname, const char *const *names,
                                     void *pointers, memscan_error *error)
{
    errno = 0;
    void *handle = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        return cannot_open(library, soname, errno, error);
    memscan_status status = MEMSCAN_OK;
    if (!fill(handle, names, pointers))
        status = cannot_open(library, soname, 0, error);
    else if (!has_memory_for_thread())
        status = ms_fail_memory(error);
    dlclose(handle);
    return status;
}
