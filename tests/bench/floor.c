/* floor.c - the bare copy, by threads that take their pieces from one counter. */
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "platform/linux/linux_uapi.h"

enum { CHUNK_BYTES = 1 << 20, MOST_SPANS = 1024, MOST_THREADS = 256 };

/* One call's work. */
typedef struct piece {
    unsigned first, count; /* stretches of the subject; count 0: the chunk at `first` */
} piece;

typedef struct sweep {
    const bench_subject *subject;
    piece *pieces;
    size_t piece_count;
    _Atomic size_t next;
    _Atomic uint64_t copied;
} sweep;

static size_t read_piece(const bench_subject *subject, const piece *todo, uint8_t *buffer)
{
    struct iovec remote[MOST_SPANS], local = { buffer, 0 };
    for (unsigned i = 0; i < todo->count; i++) {
        uint64_t offset, size;
        bench_subject_stretch(subject, todo->first + i, &offset, &size);
        remote[i] = (struct iovec){ (void *)(uintptr_t)(subject->start + offset), size };
        local.iov_len += size;
    }
    if (!todo->count) {
        uint64_t offset = (uint64_t)todo->first * CHUNK_BYTES, left = subject->size - offset;
        local.iov_len = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        remote[0] = (struct iovec){ (void *)(uintptr_t)(subject->start + offset), local.iov_len };
    }
    ssize_t count = process_vm_readv(subject->pid, &local, 1, remote, todo->count ? todo->count : 1, 0);
    return count > 0 ? (size_t)count : 0;
}

static void *work(void *argument)
{
    sweep *all = argument;
    uint8_t *buffer = malloc(CHUNK_BYTES);
    size_t index;
    while (buffer && (index = atomic_fetch_add(&all->next, 1)) < all->piece_count)
        atomic_fetch_add(&all->copied, read_piece(all->subject, &all->pieces[index], buffer));
    free(buffer);
    return NULL;
}

static void plan(sweep *all)
{
    const bench_subject *subject = all->subject;
    size_t most = subject->layout == BENCH_REGIONS ? subject->regions : subject->held / CHUNK_BYTES + 1;
    uint64_t offset, size, bytes = 0;
    all->pieces = calloc(most, sizeof *all->pieces);
    if (!all->pieces)
        bench_die("no memory");
    if (subject->layout == BENCH_SMALL_PAGES || subject->layout == BENCH_HUGE_PAGES)
        for (; (uint64_t)all->piece_count * CHUNK_BYTES < subject->size; all->piece_count++)
            all->pieces[all->piece_count].first = (unsigned)all->piece_count;
    for (unsigned i = 0; bench_subject_stretch(subject, i, &offset, &size); i++) {
        piece *last = all->piece_count ? &all->pieces[all->piece_count - 1] : NULL;
        if (last && last->count < MOST_SPANS && bytes + size <= CHUNK_BYTES) {
            last->count++;
            bytes += size;
        } else {
            all->pieces[all->piece_count++] = (piece){ i, 1 };
            bytes = size;
        }
    }
}

static int open_of(const bench_subject *subject, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/%s", (long)subject->pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        bench_die("cannot open %s", path);
    return fd;
}

static void read_maps(const bench_subject *subject)
{
    static char text[1 << 16];
    int fd = open_of(subject, "maps");
    while (read(fd, text, sizeof text) > 0)
        ;
    close(fd);
}

static void scan_pages(const bench_subject *subject)
{
    static linux_page_region found[4096];
    int fd = open_of(subject, "pagemap");
    uint64_t at = subject->start, end = subject->start + subject->size;
    while (at < end) {
        linux_pagemap_scan ask = { .size = sizeof ask,
                                   .start = at,
                                   .end = end,
                                   .vec = (uintptr_t)found,
                                   .vec_len = 4096,
                                   .category_mask = LINUX_PAGE_IS_PRESENT,
                                   .return_mask = LINUX_PAGE_IS_PRESENT };
        if (ioctl(fd, LINUX_PAGEMAP_SCAN, &ask) < 0)
            break; /* a kernel before 6.7: the floor is lower then */
        at = ask.walk_end;
    }
    close(fd);
}

bench_sample bench_floor(const bench_subject *subject, unsigned threads)
{
    pthread_t workers[MOST_THREADS];
    sweep all = { .subject = subject };
    plan(&all);
    bench_sample begin = bench_now();
    if (subject->layout == BENCH_REGIONS)
        read_maps(subject);
    if (subject->layout == BENCH_SPARSE)
        scan_pages(subject);
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, work, &all) != 0)
            bench_die("no thread");
    for (unsigned i = 0; i < threads; i++)
        pthread_join(workers[i], NULL);
    bench_sample taken = bench_since(begin);
    free(all.pieces);
    if (all.copied != subject->held)
        bench_die("the bare copy did not read everything: %s", errno ? "see errno" : "short");
    return taken;
}
