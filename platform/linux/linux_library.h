/* linux_library.h - a library of others that is opened by the first call that needs it, so that a program which never asks
 * loads neither it nor what it brings. Where only an archive of it was found it is linked in (cmake/packages.cmake).
 *
 * Its user lists the functions that it calls, `#define CALLS(with) with(one) with(two)`, makes a struct of pointers of the
 * list, typed as the library's own header declares them, and fills that before it calls any. Nothing is to be closed: the
 * library stays mapped. */
#ifndef MS_LINUX_LIBRARY_H
#define MS_LINUX_LIBRARY_H

#include <memscan/base.h>

typedef struct linux_library {
    const char *purpose; /* how an error begins: "cannot list the processes" */
    const char *package; /* what brings it on Debian and Ubuntu */
} linux_library;

#define MS_LIBRARY_POINTER(name) __typeof__(&(name)) name;
#define MS_LIBRARY_NAME(name)    #name,
#define MS_LIBRARY_ADDRESS(name) (name),

/* MS_LIBRARY_FILL(library, CALLS, pointers, error): a status, as that of ms_linux_library_open. LINUX_LIBRARY_SONAME is
 * defined for the files whose library is opened (libmemscan/CMakeLists.txt): the name of the one that was found. */
#ifdef LINUX_LIBRARY_SONAME
#define MS_LIBRARY_FILL(library, CALLS, pointers, error)                                                               \
    ms_linux_library_open(library, LINUX_LIBRARY_SONAME, (const char *const[]){ CALLS(MS_LIBRARY_NAME) NULL },         \
                          pointers, error)
#else
#define MS_LIBRARY_FILL(library, CALLS, pointers, error)                                                               \
    ((void)(library), (void)(error), *(pointers) = (__typeof__(*(pointers))){ CALLS(MS_LIBRARY_ADDRESS) }, MEMSCAN_OK)
#endif

/* The functions of these names, which end in NULL, into `pointers`: a struct of as many pointers, of no use after a failure.
 * NOT_SUPPORTED, in the loader's words: there is no such library, or it lacks a function. A want of memory or descriptors
 * is told as such. */
memscan_status ms_linux_library_open(const linux_library *library, const char *soname, const char *const *names,
                                     void *pointers, memscan_error *error);

#endif
