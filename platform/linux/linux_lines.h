/* linux_lines.h - a text of /proc, line by line, however long its lines are. */
#ifndef MS_LINUX_LINES_H
#define MS_LINUX_LINES_H

#include <memscan/base.h>

#include "linux_sys.h"

/* Read from its start. The descriptor may be read at other offsets by nobody else meanwhile: such files continue
 * where the last read ended, and a seek makes the kernel produce the text again from the start. */
typedef struct linux_lines {
    const linux_sys *sys;
    int fd;
    const memscan_allocator *allocator;
    char *buffer;
    size_t capacity;
    size_t at;         /* where the next line begins in the buffer */
    size_t held;       /* bytes in the buffer */
    uint64_t position; /* in the file, of the byte behind those held */
} linux_lines;

void ms_linux_lines_init(linux_lines *lines, const linux_sys *sys, int fd, const memscan_allocator *allocator);
void ms_linux_lines_deinit(linux_lines *lines);

/* The next line without its newline, or *line NULL at the end; valid until the next call. An end without newline is
 * no line. GONE: the process that the text is about has ended. */
memscan_status ms_linux_lines_next(linux_lines *lines, const char **line, size_t *length, memscan_error *error);

/* Hands over every line; a status of `take`'s ends the text and is returned, but STOPPED, which ends it as OK. */
typedef memscan_status linux_line_fn(const char *line, size_t length, void *context, memscan_error *error);
memscan_status ms_linux_lines_each(const linux_sys *sys, int fd, const memscan_allocator *allocator,
                                   linux_line_fn *take, void *context, memscan_error *error);

#endif
