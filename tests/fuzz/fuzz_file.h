/* fuzz_file.h - a text of /proc that fuzz bytes pretend to be: read in pieces through the table of system calls. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "fuzz.h"

#include <sys/types.h>

typedef struct fuzz_file {
    const uint8_t *bytes;
    size_t size;
    size_t piece; /* the most that one call returns, at least 1 */
} fuzz_file;

static fuzz_file the_file;

/* linux_sys.pread, of the_file. */
static inline ssize_t fuzz_file_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
    (void)fd;
    size_t left = offset < the_file.size ? the_file.size - (size_t)offset : 0;
    size_t taken = left < size ? left : size;
    taken = taken < the_file.piece ? taken : the_file.piece;
    if (taken)
        memcpy(buffer, the_file.bytes + offset, taken);
    return (ssize_t)taken;
}

#endif
