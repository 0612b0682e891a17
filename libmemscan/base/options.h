/* options.h - options structs that grow: a caller built against an older header hands over a shorter one. */
#ifndef MS_OPTIONS_H
#define MS_OPTIONS_H

#include <string.h>

#include <memscan/base.h>

/* Lays the caller's struct (which begins with its size, or is NULL) over the defaults in `whole`. */
static inline void ms_options_over(void *whole, size_t whole_bytes, const void *given)
{
    size_t bytes;
    if (!given)
        return;
    memcpy(&bytes, given, sizeof bytes);
    memcpy(whole, given, bytes < whole_bytes ? bytes : whole_bytes);
}

#endif
