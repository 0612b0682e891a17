/* memscan/dump.h - take memory away for later: one range as its plain bytes, or any part of a process as an ELF core file
 * that gdb and other tools open.
 *
 * The target runs on: its bytes are those of the moments at which they were read, unless it is suspended meanwhile
 * (memscan_suspend). Nothing that it never touched is
 * made resident. What cannot be read is never filled with zeros: a plain dump then fails, a core leaves it out.
 * A file appears under its name, mode 0600, when it is whole; until then, and if anything fails, there is what was there
 * before. Whole pages of zeros are holes in the file, which take no room on the disk. */
#ifndef MEMSCAN_DUMP_H
#define MEMSCAN_DUMP_H

#include <memscan/find.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_dump_options {
    size_t size;
    memscan_progress_fn *progress; /* `matches` is always 0; or NULL */
    void *progress_context;
    const memscan_cancel *cancel;
} memscan_dump_options;
#define MEMSCAN_DUMP_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(memscan_dump_options), NULL, NULL, NULL                                                                 \
    }

/* Writes the bytes of `range` to `path`: the file is as long as the range, and holds nothing else. Memory that was never
 * touched is zero, and written so. UNREADABLE: some byte cannot be read (error.address is the first); no file. */
MEMSCAN_API memscan_status memscan_dump_raw(memscan_target *target, memscan_range range, const char *path,
                                            const memscan_dump_options *options, memscan_error *error);

/* Writes an ELF core file: the memory that `filter` selects (NULL: all that is writable) as PT_LOAD segments, and notes
 * about the process, its threads (NT_PRSTATUS: without registers, but for stack pointer and instruction where the system
 * tells them without stopping a thread), its auxiliary vector and its mapped files.
 *   Absent and unreadable pages are left out: p_filesz of the segment before them is smaller than its p_memsz.
 *   report   NULL, or filled in every case: asked = scanned (that is: saved) + skipped + failed
 * OK also when some bytes could not be read: look at report->complete. */
MEMSCAN_API memscan_status memscan_dump_core(memscan_target *target, const memscan_filter *filter, const char *path,
                                             const memscan_dump_options *options, memscan_report *report,
                                             memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
