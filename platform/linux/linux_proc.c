/* linux_proc.c - small texts of /proc/PID. The name in "stat" ends at the LAST closing parenthesis of the line, since
 * a process may put any bytes into it; every later field is a number or one letter. */
#define _GNU_SOURCE
#include "linux_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/text.h"

ptrdiff_t ms_linux_proc_read(int directory_fd, const char *name, char *out, size_t capacity)
{
    int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    size_t length = 0;
    ssize_t got;
    do {
        got = read(fd, out + length, capacity - 1 - length);
        if (got > 0)
            length += (size_t)got;
    } while ((got > 0 && length < capacity - 1) || (got < 0 && errno == EINTR));
    int os_code = errno;
    close(fd);
    errno = os_code;
    out[length] = 0;
    return got < 0 ? -1 : (ptrdiff_t)length;
}

/* The number in the field that begins at *at, which moves behind it. */
static bool take_field(const char **at, const char *end, uint64_t *value)
{
    const char *first = *at;
    while (*at < end && **at != ' ' && **at != '\n')
        ++*at;
    bool negative = first < *at && *first == '-';
    bool taken = ms_parse_u64(first + negative, (size_t)(*at - first) - negative, value);
    if (*at < end)
        ++*at;
    return taken;
}

bool ms_linux_stat_parse(const char *text, size_t length, linux_stat_line *line)
{
    enum {
        PARENT = 4,
        FLAGS = 9,
        MINOR = 10,
        MAJOR = 12,
        START_TIME = 22,
        RESIDENT = 24,
        CODE_START = 26,
        STACK_START = 28
    };
    enum { KERNEL_THREAD_FLAG = 0x00200000 }; /* PF_KTHREAD */
    *line = (linux_stat_line){ 0 };
    const char *open = memchr(text, '(', length), *close = memrchr(text, ')', length), *end = text + length;
    if (!open || !close || close < open || end - close < 4)
        return false;
    size_t name_length = (size_t)(close - open) - 1;
    if (name_length >= sizeof line->name)
        name_length = sizeof line->name - 1;
    memcpy(line->name, open + 1, name_length);
    line->state = close[2];
    const char *at = close + 4;
    for (int field = PARENT; field <= STACK_START; field++) {
        uint64_t value;
        if (!take_field(&at, end, &value))
            return field > START_TIME;
        if (field == PARENT)
            line->parent = value;
        if (field == FLAGS)
            line->kernel_thread = value & KERNEL_THREAD_FLAG;
        if (field == MINOR)
            line->minor_faults = value;
        if (field == MAJOR)
            line->major_faults = value;
        if (field == START_TIME)
            line->start_time = value;
        if (field == RESIDENT)
            line->resident_pages = value;
        if (field == CODE_START)
            line->code_start = value;
        if (field == STACK_START)
            line->stack_start = value;
    }
    return true;
}

static bool take_base(const char *text, size_t length, unsigned base, uint64_t *value)
{
    return base == 16 ? ms_parse_hex(text, length, value) : ms_parse_u64(text, length, value);
}

/* The value of the line that begins with `key`, or NULL. A name cannot forge a line: "status" escapes its newline. */
static const char *find_line(const char *text, const char *key)
{
    for (size_t length = strlen(key); *text; text += *text == '\n') {
        if (!strncmp(text, key, length))
            return text + length;
        text += strcspn(text, "\n");
    }
    return NULL;
}

uint64_t ms_linux_status_number(const char *text, const char *key, unsigned which, unsigned base, uint64_t otherwise)
{
    const char *at = find_line(text, key);
    for (; at; which--) {
        at += strspn(at, " \t");
        size_t length = strcspn(at, " \t\n");
        uint64_t value;
        if (!length || !take_base(at, length, base, &value))
            return otherwise;
        if (!which)
            return value;
        at += length;
    }
    return otherwise;
}
