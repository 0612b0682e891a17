/* linux_proc.h - small texts of /proc/PID, and what a line of "stat" says. */
#ifndef MS_LINUX_PROC_H
#define MS_LINUX_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The file `name` below an open directory into `out`, NUL-ended, cut at `capacity`. Its length, or -1 and errno. */
ptrdiff_t ms_linux_proc_read(int directory_fd, const char *name, char *out, size_t capacity);

/* proc_pid_stat(5), the fields that are needed here. */
typedef struct linux_stat_line {
    char name[64]; /* comm, raw: it may hold parentheses, blanks and newlines */
    char state;
    uint64_t parent;
    bool kernel_thread;
    uint64_t minor_faults, major_faults;
    uint64_t start_time;
    uint64_t resident_pages;
    uint64_t code_start;  /* 0: not permitted to us, or not told */
    uint64_t stack_start; /* the same */
} linux_stat_line;

/* False: not such a line. */
bool ms_linux_stat_parse(const char *text, size_t length, linux_stat_line *line);

/* One of the numbers (`which`: 0 the first) in the line of "status" that begins with `key`, as "Uid:"; base 10 or 16.
 * `otherwise` where there is none. */
uint64_t ms_linux_status_number(const char *text, const char *key, unsigned which, unsigned base, uint64_t otherwise);

#endif
