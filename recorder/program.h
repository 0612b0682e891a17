/* program.h - whether a program can be recorded, by its file: a preloaded object comes into dynamically linked programs
 * of its own width only, and the loader leaves it out of those that get more rights than their caller. */
#ifndef RECORDER_PROGRAM_H
#define RECORDER_PROGRAM_H

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "format.h"

enum { RECORDER_FITS = -1, RECORDER_NOT_ELF = -2 };

/* As much as there is: a call that is interrupted or moves less says nothing about the file. -1 and errno. */
static inline ssize_t recorder_read_at(int fd, void *out, size_t size, off_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, (char *)out + done, size - done, offset + (off_t)done);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0)
            break;
        done += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)done;
}

static inline bool recorder_is_privileged(int fd)
{
    struct stat status;
    char capabilities[32];
    if (fstat(fd, &status) != 0)
        return false;
    return ((status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) ||
           ((status.st_mode & S_ISGID) != 0 && status.st_gid != getgid()) ||
           (getuid() != 0 && fgetxattr(fd, "security.capability", capabilities, sizeof capabilities) > 0);
}

/* True also where that cannot be read: nothing is said then, and the end of the run tells. */
static inline bool recorder_has_interpreter(int fd, const ElfW(Ehdr) * header)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        ElfW(Phdr) segment;
        off_t at = (off_t)(header->e_phoff + i * sizeof segment);
        if (recorder_read_at(fd, &segment, sizeof segment, at) != sizeof segment || segment.p_type == PT_INTERP)
            return true;
    }
    return false;
}

/* RECORDER_FITS, RECORDER_NOT_ELF (a script, or nothing that can be read), or a recorder_unfollowed. Allocates
 * nothing: it is asked between vfork and exec too. */
static inline int recorder_judge_program(int fd)
{
    ElfW(Ehdr) header, own;
    if (recorder_read_at(fd, &header, sizeof header, 0) != sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return RECORDER_NOT_ELF;
    memset(&own, 0, sizeof own);
    own.e_ident[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
#if defined(__x86_64__)
    own.e_machine = EM_X86_64;
#elif defined(__aarch64__)
    own.e_machine = EM_AARCH64;
#else
    own.e_machine = header.e_machine;
#endif
    if (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] || header.e_machine != own.e_machine ||
        header.e_phentsize != sizeof(ElfW(Phdr)))
        return RECORDER_FOREIGN;
    if (!recorder_has_interpreter(fd, &header))
        return RECORDER_STATIC;
    return recorder_is_privileged(fd) ? RECORDER_PRIVILEGED : RECORDER_FITS;
}

#endif
