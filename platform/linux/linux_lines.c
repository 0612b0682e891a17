/* linux_lines.c - lines out of a buffer that is refilled behind the last whole line, and grows where a single line
 * fills it: the kernel prints names of any length. The bytes between `at` and `held` are always the beginning of the
 * line that comes next. */
#include "linux_lines.h"

#include <errno.h>
#include <string.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"

void ms_linux_lines_init(linux_lines *lines, const linux_sys *sys, int fd, const memscan_allocator *allocator)
{
    *lines = (linux_lines){ .sys = sys, .fd = fd, .allocator = allocator };
}

void ms_linux_lines_deinit(linux_lines *lines)
{
    ms_free(lines->allocator, lines->buffer, lines->capacity);
    lines->buffer = NULL;
    lines->capacity = 0;
}

/* Room behind the bytes held: by moving them to the front, else by a larger buffer. */
static memscan_status make_room(linux_lines *lines, memscan_error *error)
{
    if (lines->at) {
        lines->held -= lines->at;
        memmove(lines->buffer, lines->buffer + lines->at, lines->held);
        lines->at = 0;
    }
    if (lines->held < lines->capacity)
        return MEMSCAN_OK;
    size_t capacity = lines->capacity ? lines->capacity * 2 : 16384;
    char *larger = ms_resize(lines->allocator, lines->buffer, lines->capacity, capacity);
    if (!larger)
        return ms_fail_memory(error);
    lines->buffer = larger;
    lines->capacity = capacity;
    return MEMSCAN_OK;
}

static memscan_status fill(linux_lines *lines, size_t *filled, memscan_error *error)
{
    memscan_status status = make_room(lines, error);
    if (status)
        return status;
    ssize_t got;
    do
        got = lines->sys->pread(lines->fd, lines->buffer + lines->held, lines->capacity - lines->held, lines->position);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno == ESRCH)
        return ms_linux_fail_gone(error);
    if (got < 0)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot read a text of /proc: %s", ms_linux_error_text(errno));
    *filled = (size_t)got;
    lines->held += (size_t)got;
    lines->position += (uint64_t)got;
    return MEMSCAN_OK;
}

memscan_status ms_linux_lines_next(linux_lines *lines, const char **line, size_t *length, memscan_error *error)
{
    size_t searched = 0; /* what a refill adds is searched alone */
    for (;;) {
        size_t left = lines->held - lines->at;
        const char *first = left > searched ? lines->buffer + lines->at : NULL; /* at first there is no buffer */
        const char *newline = first ? memchr(first + searched, '\n', left - searched) : NULL;
        if (newline) {
            *line = first;
            *length = (size_t)(newline - first);
            lines->at += *length + 1;
            return MEMSCAN_OK;
        }
        searched = left;
        size_t filled = 0;
        memscan_status status = fill(lines, &filled, error);
        *line = NULL;
        *length = 0;
        if (status || !filled)
            return status;
    }
}

memscan_status ms_linux_lines_each(const linux_sys *sys, int fd, const memscan_allocator *allocator,
                                   linux_line_fn *take, void *context, memscan_error *error)
{
    linux_lines lines;
    ms_linux_lines_init(&lines, sys, fd, allocator);
    memscan_status status;
    const char *text;
    size_t length;
    while (!(status = ms_linux_lines_next(&lines, &text, &length, error)) && text)
        if ((status = take(text, length, context, error)))
            break;
    ms_linux_lines_deinit(&lines);
    return status == MEMSCAN_STOPPED ? MEMSCAN_OK : status;
}
