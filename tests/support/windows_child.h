/* windows_child.h - a Windows program that is spoken to in lines. */
#ifndef WINDOWS_CHILD_H
#define WINDOWS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct windows_child {
    void *process;
    void *to, *from;
    uint64_t pid;
    char said[8192]; /* what it said up to "ready" */
} windows_child;

/* Starts it and hears it up to the line "ready". False: it did not get there. */
bool windows_child_start(windows_child *child, const char *path);
/* The number behind "WHAT " at the beginning of a line that it said; 0: it said none. */
uint64_t windows_child_told(const windows_child *child, const char *what);
/* Sends a line and hears one; without newlines. */
void windows_child_ask(windows_child *child, const char *line, char *answer, size_t capacity);
/* Ends it, and waits until it has ended. Its handles stay until windows_child_close. */
void windows_child_kill(windows_child *child);
void windows_child_close(windows_child *child);

#endif
