/* subject.c - the target is a fork: it shares the code that counts its truth, and nothing of its memory. */
#define _GNU_SOURCE
#include "subject.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

enum { PAGE_BYTES = 4096, HUGE_BYTES = 2 << 20, CLUSTERS = 256, CLUSTER_BYTES = 1 << 20 };

/* In a page that both sides share. */
struct bench_request {
    bench_fits *fits; /* NULL: change */
    unsigned number;  /* the step, or the pages */
    bench_answer answer;
};

const char *bench_layout_name(bench_layout layout)
{
    static const char *const names[] = { "4k", "huge", "sparse", "regions" };
    return names[layout];
}

/* 1, 2, 2 or 4 pages: 9 KiB on the average. */
static uint64_t region_offset(unsigned index)
{
    static const unsigned before[] = { 0, 1, 3, 5 };
    return ((uint64_t)(index / 4) * 9 + before[index % 4]) * PAGE_BYTES;
}

bool bench_subject_stretch(const bench_subject *subject, unsigned index, uint64_t *offset, uint64_t *size)
{
    if (subject->layout == BENCH_REGIONS) {
        *offset = region_offset(index);
        *size = region_offset(index + 1) - *offset;
        return index < subject->regions;
    }
    *offset = subject->size / CLUSTERS * index;
    *size = CLUSTER_BYTES;
    return subject->layout == BENCH_SPARSE && index < CLUSTERS;
}

static uint8_t *reserve(const bench_subject *subject)
{
    size_t size = subject->size + HUGE_BYTES;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        bench_die("there is no room for a target of %llu bytes", (unsigned long long)subject->size);
    uintptr_t aligned = ((uintptr_t)memory + HUGE_BYTES - 1) & ~(uintptr_t)(HUGE_BYTES - 1);
    memory += aligned - (uintptr_t)memory;
    madvise(memory, subject->size, subject->layout == BENCH_HUGE_PAGES ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    return memory;
}

static void fill(const bench_subject *subject, uint8_t *memory)
{
    uint64_t offset, size;
    if (subject->layout == BENCH_SMALL_PAGES || subject->layout == BENCH_HUGE_PAGES)
        bench_fill(subject->contents, memory, subject->size);
    else
        for (unsigned i = 0; bench_subject_stretch(subject, i, &offset, &size); i++)
            bench_fill(subject->contents, memory + offset, size);
}

/* Every other mapping may not be written, so that none of them merges with its neighbour. */
static void protect(const bench_subject *subject, uint8_t *memory)
{
    uint64_t offset, size;
    for (unsigned i = 1; subject->layout == BENCH_REGIONS && bench_subject_stretch(subject, i, &offset, &size); i += 2)
        if (mprotect(memory + offset, size, PROT_READ) != 0)
            bench_die("a process may not have %u mappings here (vm.max_map_count)", subject->regions);
}

/* The stretch at `index`: all of the memory, where it is one mapping and whole. */
static bool held_stretch(const bench_subject *subject, unsigned index, uint64_t *offset, uint64_t *size)
{
    *offset = 0;
    *size = subject->size;
    return subject->layout == BENCH_SPARSE ? bench_subject_stretch(subject, index, offset, size) : index == 0;
}

static void count(const bench_subject *subject, const uint8_t *memory, struct bench_request *request)
{
    uint64_t first, size;
    request->answer = (bench_answer){ 0, 0 };
    for (unsigned i = 0; held_stretch(subject, i, &first, &size); i++)
        for (uint64_t offset = first; offset < first + size; offset += request->number)
            if (request->fits(memory + offset, first + size - offset)) {
                request->answer.count++;
                request->answer.sum += offset;
            }
}

/* Adds to the first number from `at` on that does not wrap round. */
static void add(uint8_t *at, int32_t more)
{
    int32_t value;
    for (;; at += 4) {
        memcpy(&value, at, sizeof value);
        if (value < INT32_MAX - 8 && value > INT32_MIN + 8)
            break;
    }
    value += more;
    memcpy(at, &value, sizeof value);
}

static void change(const bench_subject *subject, uint8_t *memory, struct bench_request *request)
{
    uint64_t pages = subject->size / PAGE_BYTES, changed = (request->number + 1) / 2;
    for (uint64_t i = 0; i < changed; i++) {
        uint8_t *page = memory + i * 2 * (pages / (2 * changed)) * PAGE_BYTES;
        add(page + 1024 + i % 31 * 64, 5);
        add(page + (pages / (2 * changed)) * PAGE_BYTES + 1024 + i % 29 * 64, -3);
    }
    request->answer = (bench_answer){ changed, 0 };
}

static _Noreturn void serve(const bench_subject *subject, uint8_t *memory)
{
    char word = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    fill(subject, memory);
    protect(subject, memory);
    while (write(subject->from, &word, 1) == 1 && read(subject->to, &word, 1) == 1)
        if (subject->request->fits)
            count(subject, memory, subject->request);
        else
            change(subject, memory, subject->request);
    _exit(0);
}

static void wait_for(const bench_subject *subject)
{
    char word;
    if (read(subject->from, &word, 1) != 1)
        bench_die("the target ended early");
}

bench_subject bench_subject_start(bench_contents contents, bench_layout layout, uint64_t size, unsigned regions)
{
    int to[2], from[2];
    bench_subject subject = { .size = size, .contents = contents, .layout = layout, .regions = regions };
    if (layout == BENCH_REGIONS)
        subject.size = region_offset(regions);
    subject.held = layout == BENCH_SPARSE ? (uint64_t)CLUSTERS * CLUSTER_BYTES : subject.size;
    uint8_t *memory = reserve(&subject);
    subject.start = (uintptr_t)memory;
    subject.request = mmap(NULL, sizeof *subject.request, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (subject.request == MAP_FAILED || pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0 ||
        (subject.pid = fork()) < 0)
        bench_die("the target could not be started");
    subject.to = subject.pid ? to[1] : to[0];
    subject.from = subject.pid ? from[0] : from[1];
    close(subject.pid ? to[0] : to[1]);
    close(subject.pid ? from[1] : from[0]);
    if (subject.pid == 0)
        serve(&subject, memory);
    munmap(memory, subject.size);
    wait_for(&subject);
    return subject;
}

void bench_subject_stop(bench_subject *subject)
{
    kill(subject->pid, SIGKILL);
    waitpid(subject->pid, NULL, 0);
    close(subject->to);
    close(subject->from);
    munmap(subject->request, sizeof *subject->request);
}

static bench_answer ask(const bench_subject *subject)
{
    if (write(subject->to, "", 1) != 1)
        bench_die("the target ended early");
    wait_for(subject);
    return subject->request->answer;
}

bench_answer bench_subject_count(const bench_subject *subject, bench_fits *fits, unsigned step)
{
    *subject->request = (struct bench_request){ .fits = fits, .number = step };
    return ask(subject);
}

bench_answer bench_subject_change(const bench_subject *subject, unsigned pages)
{
    *subject->request = (struct bench_request){ .number = pages };
    return ask(subject);
}
