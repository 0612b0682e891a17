/* storm.c - a target whose map never holds still: it maps, unmaps, moves, resizes, protects and empties memory, as a fixed
 * seed draws it, between pages that it keeps still. In each of these stand eight bytes that are nowhere else in it, and its
 * number. It says where ("still ADDRESS"), where the storm is ("rooms FIRST LIMIT") and "ready". Then, for each line it hears:
 *
 *   go      the storm begins; it ends with the process
 *   tell    "steps N, whole", or "broken" where what was still or what it last wrote has changed
 *
 * Nothing of its own is mapped once it is ready, so that only the storm meets the holes that the storm makes. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../support/random.h"

enum { PAGE = 4096, STILL = 24, ROOM = 15 * PAGE, SEED = 2718 };

static volatile uint64_t one_half = 0x1f2e3d4c5b6a7988, other_half = 0x7061524334251607;
static char *area;
static atomic_ulong steps;
static atomic_bool broken;

static char *still_page(unsigned i)
{
    return area + (size_t)i * (PAGE + ROOM);
}

static char *room(unsigned i)
{
    return still_page(i) + PAGE;
}

/* Somewhere in its page, and a multiple of 8. */
static uint64_t *still_words(unsigned i)
{
    return (uint64_t *)(void *)(still_page(i) + i * 168 % (PAGE - 16));
}

static bool is_still_whole(void)
{
    bool whole = true;
    for (unsigned i = 0; i < STILL; i++)
        whole = whole && (still_words(i)[0] ^ other_half) == one_half && still_words(i)[1] == i;
    return whole;
}

/* ---- the storm ---- */

/* Pages of a room. */
typedef struct part {
    char *at;
    size_t size;
} part;

static part draw_part(uint64_t *chance)
{
    uint64_t drawn = test_random(chance);
    size_t pages = ROOM / PAGE, first = drawn / 64 % pages, count = 1 + drawn / 4096 % (pages - first);
    return (part){ room((unsigned)(drawn % STILL)) + first * PAGE, count * PAGE };
}

static int draw_protection(uint64_t *chance)
{
    static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC };
    return protections[test_random(chance) % 4];
}

/* New memory: some of it written, and looked at again before the next step, some never touched. */
static void map_some(uint64_t *chance)
{
    part some = draw_part(chance);
    uint64_t drawn = test_random(chance);
    bool written = drawn % 2;
    char *at = mmap(some.at, some.size, written ? PROT_READ | PROT_WRITE : draw_protection(chance),
                    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != some.at)
        atomic_store(&broken, true);
    for (size_t i = 0; written && i < some.size; i += PAGE)
        memcpy(some.at + i + drawn / 8 % 4000, &drawn, sizeof drawn);
    for (size_t i = 0; written && i < some.size; i += PAGE)
        if (memcmp(some.at + i + drawn / 8 % 4000, &drawn, sizeof drawn) != 0)
            atomic_store(&broken, true);
}

/* What cannot be done, since nothing is there, is not done. */
static void step(uint64_t *chance)
{
    uint64_t kind = test_random(chance) % 8;
    part some = draw_part(chance), other = draw_part(chance);
    size_t less = some.size < other.size ? some.size : other.size;
    switch (kind) {
    case 0: munmap(some.at, some.size); break;
    case 1: mremap(some.at, less, less, MREMAP_MAYMOVE | MREMAP_FIXED, other.at); break;
    case 2: mremap(some.at, some.size, less, 0); break;
    case 3: mremap(some.at, PAGE, some.size, 0); break;
    case 4: mprotect(some.at, some.size, draw_protection(chance)); break;
    case 5: madvise(some.at, some.size, MADV_DONTNEED); break;
    default: map_some(chance); break;
    }
    atomic_fetch_add(&steps, 1);
}

static void *blow(void *nothing)
{
    uint64_t chance = SEED;
    (void)nothing;
    for (;;)
        step(&chance);
    return NULL;
}

/* ---- its words ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_and_blow(void *nothing)
{
    pthread_mutex_lock(&gate);
    return blow(nothing);
}

int main(void)
{
    static char in[256];
    pthread_t thread;
    size_t size = STILL * (size_t)(PAGE + ROOM);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    area = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_lock(&gate);
    if (area == MAP_FAILED || pthread_create(&thread, NULL, wait_and_blow, NULL) != 0)
        return 1;
    for (unsigned i = 0; i < STILL; i++) {
        if (mprotect(still_page(i), PAGE, PROT_READ | PROT_WRITE) != 0)
            return 1;
        still_words(i)[0] = one_half ^ other_half;
        still_words(i)[1] = i;
        printf("still 0x%" PRIxPTR "\n", (uintptr_t)still_words(i));
    }
    printf("rooms 0x%" PRIxPTR " 0x%" PRIxPTR "\nready\n", (uintptr_t)area, (uintptr_t)area + size);
    fflush(stdout);
    while (fgets(in, sizeof in, stdin)) {
        if (strcmp(in, "go\n") == 0)
            pthread_mutex_unlock(&gate);
        printf("steps %lu, %s\n", atomic_load(&steps), !atomic_load(&broken) && is_still_whole() ? "whole" : "broken");
        fflush(stdout);
    }
    return 0;
}
