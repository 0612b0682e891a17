/* version.c - the version of the library as linked, and what it was built with (cmake/packages.cmake). */
#include <memscan/base.h>

#define TEXT_OF(x)                        #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *memscan_version(void)
{
    return VERSION_TEXT(MEMSCAN_VERSION_MAJOR, MEMSCAN_VERSION_MINOR, MEMSCAN_VERSION_PATCH);
}

#ifdef MEMSCAN_WITH_PCRE2
#define PCRE2_PART "PCRE2 "
#else
#define PCRE2_PART ""
#endif

#ifdef MEMSCAN_WITH_LIBDW
#define LIBDW_PART "libdw "
#else
#define LIBDW_PART ""
#endif

#ifdef MEMSCAN_WITH_UTF8PROC
#define UTF8PROC_PART "utf8proc "
#else
#define UTF8PROC_PART ""
#endif

const char *memscan_built_with(void)
{
    return PCRE2_PART UTF8PROC_PART LIBDW_PART;
}
