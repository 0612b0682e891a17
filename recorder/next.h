/* next.h - the functions that the program would have called without the recorder: the next ones in the order in which the
 * loader searches, be they the C library's or another preloaded object's. */
#ifndef RECORDER_NEXT_H
#define RECORDER_NEXT_H

#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct recorder_next {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    void (*free)(void *);
    int (*execve)(const char *, char *const[], char *const[]);
    int (*execvpe)(const char *, char *const[], char *const[]);
    int (*fexecve)(int, char *const[], char *const[]);
    int (*posix_spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                       char *const[], char *const[]);
    int (*posix_spawnp)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                        char *const[], char *const[]);
} recorder_next;

extern recorder_next next;

/* Finds the functions above; the first call of any of ours makes it. False: this call comes from the search itself, and
 * must be served from the small store below. */
bool next_resolve(void);

/* The store: what the search for the functions asks for. Zeroed, never given back. */
void *next_store_take(size_t size);
bool next_store_has(const void *block);
size_t next_store_size(const void *block);

#endif
