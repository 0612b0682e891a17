/* version.c - the version of the library as linked. */
#include <memscan/base.h>

#define TEXT_OF(x)                        #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *memscan_version(void)
{
    return VERSION_TEXT(MEMSCAN_VERSION_MAJOR, MEMSCAN_VERSION_MINOR, MEMSCAN_VERSION_PATCH);
}
