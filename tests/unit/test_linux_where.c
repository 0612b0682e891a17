/* test_linux_where.c - regions and modules of a live process: this one, which knows its own addresses, and what the
 * kernel and the loader say of it. */
#define _GNU_SOURCE
#include "check_main.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_abilities.h"
#include "platform/linux/linux_where.h"

static linux_target *target;

static void open_self(void)
{
    memscan_platform_open request = { "self", MEMSCAN_READ, &ms_default_allocator, 1000 };
    void *state = NULL;
    memscan_error error;
    ck_assert_msg(ms_linux_open(&request, &state, &error) == MEMSCAN_OK, "%s", error.text);
    target = state;
}

static void close_self(void)
{
    ms_linux_close(target);
}

/* ---- one region by address ---- */

typedef struct lookup {
    uint64_t address;
    size_t times;
    memscan_region region;
    char name[4096];
} lookup;

static int match(const memscan_region *region, void *context)
{
    lookup *one = context;
    if (one->address < region->start || one->address - region->start >= region->size)
        return 0;
    one->times++;
    one->region = *region;
    snprintf(one->name, sizeof one->name, "%s", region->name);
    return 0;
}

static lookup region_of(const void *address, uint64_t from)
{
    static lookup one;
    one = (lookup){ .address = (uint64_t)(uintptr_t)address };
    memscan_error error;
    ck_assert_int_eq(ms_linux_regions(target, from, match, &one, &error), MEMSCAN_OK);
    ck_assert_uint_eq(one.times, 1);
    return one;
}

static void check_kind(const void *address, memscan_kind kind)
{
    uint64_t at = (uint64_t)(uintptr_t)address;
    lookup whole = region_of(address, 0), from = region_of(address, at);
    ck_assert_msg(whole.region.kind == kind, "%p is %d, not %d", address, whole.region.kind, kind);
    ck_assert_int_eq(from.region.kind, whole.region.kind);
    ck_assert_uint_eq(from.region.start, whole.region.start); /* whole, also when asked for from its middle */
}

static const char constant[] = "rodata";
static int initialised = 7;
static char zeroed[1 << 16];

typedef struct sleeper {
    int hold[2], ready[2];
    void *stack;
} sleeper;

static void *block(void *argument)
{
    sleeper *one = argument;
    char local;
    one->stack = &local;
    ck_assert_int_eq(write(one->ready[1], "r", 1), 1);
    return (void *)(intptr_t)read(one->hold[0], &local, 1);
}

START_TEST(kinds_of_our_own_memory)
{
    int local = 0;
    void *heap = malloc(100);
    check_kind((const void *)(uintptr_t)&open_self, MEMSCAN_KIND_CODE);
    check_kind(constant, MEMSCAN_KIND_RODATA);
    check_kind(&initialised, MEMSCAN_KIND_DATA);
    check_kind(zeroed + sizeof zeroed - 1, MEMSCAN_KIND_BSS);
    check_kind((const void *)(uintptr_t)dlsym(RTLD_DEFAULT, "malloc"), MEMSCAN_KIND_CODE);
    check_kind(&local, MEMSCAN_KIND_STACK);
    ck_assert(region_of(&local, 0).region.flags & MEMSCAN_REGION_GROWS_DOWN);
    void *anonymous = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *shared = mmap(NULL, 1 << 16, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check_kind(anonymous, MEMSCAN_KIND_ANON);
    check_kind(shared, MEMSCAN_KIND_SHARED);
    munmap(anonymous, 1 << 16);
    munmap(shared, 1 << 16);
    free(heap);
}
END_TEST

START_TEST(files_by_name)
{
    char folder[] = "/tmp/memscan-XXXXXX", path[64];
    ck_assert(mkdtemp(folder) != NULL);
    static const char *const names[] = { "plain", "really (deleted)", "new\nline", "gone", "\033[31m" };
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        ck_assert(!ftruncate(fd, 8192));
        void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
        close(fd);
        if (i == 3)
            unlink(path);
        lookup one = region_of(map, 0);
        ck_assert_str_eq(one.name, path);
        ck_assert_uint_eq(one.region.flags & (MEMSCAN_REGION_FILE | MEMSCAN_REGION_DELETED),
                          MEMSCAN_REGION_FILE | (i == 3 ? MEMSCAN_REGION_DELETED : 0));
        ck_assert_uint_eq(one.region.file_offset, 4096);
        ck_assert_int_eq(one.region.kind, MEMSCAN_KIND_FILE);
        munmap(map, 4096);
        unlink(path);
    }
    rmdir(folder);
}
END_TEST

/* ---- a map that changes under the walk ---- */

typedef struct storm {
    uint64_t last_end;
    uint64_t first, last; /* where regions are counted */
    size_t count, in_range;
    bool change;
    void *maps[64];
} storm;

static int churn(const memscan_region *region, void *context)
{
    storm *all = context;
    ck_assert_uint_ge(region->start, all->last_end);
    ck_assert_uint_gt(region->size, 0);
    all->last_end = region->start + region->size;
    all->in_range += region->start >= all->first && region->start <= all->last;
    size_t slot = all->count++ % 64;
    if (!all->change)
        return 0;
    if (all->maps[slot])
        munmap(all->maps[slot], 3 * 4096);
    all->maps[slot] =
        mmap(NULL, 3 * 4096, all->count % 2 ? PROT_READ : PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect((char *)all->maps[slot] + 4096, 4096, PROT_NONE);
    return 0;
}

START_TEST(walks_go_forward_whatever_changes)
{
    enum { PAGES = 1000 };
    char *pages = mmap(NULL, PAGES * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < PAGES; i += 2)
        mprotect(pages + i * 4096, 4096, PROT_NONE);
    memscan_error error;
    uint64_t first = (uint64_t)(uintptr_t)pages, last = first + (PAGES - 1) * 4096;
    storm quiet = { .first = first, .last = last }, in_windows = quiet, wild = { .change = true };
    ck_assert_int_eq(ms_linux_regions(target, 0, churn, &quiet, &error), MEMSCAN_OK);
    ck_assert_uint_eq(quiet.in_range, PAGES);
    ck_assert_int_eq(ms_linux_regions_by(target, 0, 64, churn, &in_windows, &error), MEMSCAN_OK);
    ck_assert_uint_eq(in_windows.in_range, PAGES);
    ck_assert_int_eq(ms_linux_regions_by(target, 0, 64, churn, &wild, &error), MEMSCAN_OK);
    ck_assert_uint_ge(wild.count, PAGES / 2);
    munmap(pages, PAGES * 4096);
}
END_TEST

typedef struct shown_map {
    memscan_region regions[4096];
    char names[4096][64];
    size_t count, compared;
} shown_map;

static int keep_shown(const memscan_region *region, void *context)
{
    shown_map *map = context;
    ck_assert_uint_lt(map->count, 4096);
    snprintf(map->names[map->count], sizeof map->names[0], "%s", region->name);
    map->regions[map->count++] = *region;
    return 0;
}

static int compare_shown(const memscan_region *region, void *context)
{
    shown_map *map = context;
    ck_assert_uint_lt(map->compared, map->count);
    const memscan_region *before = &map->regions[map->compared];
    ck_assert_uint_eq(region->start, before->start);
    ck_assert_uint_eq(region->size, before->size);
    ck_assert_uint_eq(region->flags, before->flags);
    ck_assert_msg(region->kind == before->kind, "0x%llx is %d and was %d", (unsigned long long)region->start,
                  region->kind, before->kind);
    ck_assert_int_eq(strncmp(region->name, map->names[map->compared], sizeof map->names[0] - 1), 0);
    map->compared++;
    return 0;
}

/* A child that waits: its map stands still. Its libraries lie wherever windows of these lengths end. */
START_TEST(what_a_region_is_depends_on_no_window)
{
    static shown_map map;
    int hold[2];
    char text[16];
    ck_assert(!pipe(hold));
    char *pages = mmap(NULL, 500 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < 500; i += 2)
        mprotect(pages + i * 4096, 4096, PROT_NONE);
    pid_t pid = fork();
    if (!pid) {
        close(hold[1]);
        _exit((int)read(hold[0], text, 1));
    }
    close(hold[0]);
    snprintf(text, sizeof text, "%d", (int)pid);
    memscan_platform_open request = { text, MEMSCAN_READ, &ms_default_allocator, 1000 };
    void *child = NULL;
    memscan_error error;
    ck_assert_int_eq(ms_linux_open(&request, &child, &error), MEMSCAN_OK);
    ck_assert_int_eq(ms_linux_regions(child, 0, keep_shown, &map, &error), MEMSCAN_OK);
    ck_assert_uint_gt(map.count, 500);
    for (size_t window = 64; window <= 200; window += 3) {
        map.compared = 0;
        ck_assert_int_eq(ms_linux_regions_by(child, 0, window, compare_shown, &map, &error), MEMSCAN_OK);
        ck_assert_uint_eq(map.compared, map.count);
    }
    ms_linux_close(child);
    close(hold[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    munmap(pages, 500 * 4096);
}
END_TEST

static int stop(const memscan_region *region, void *context)
{
    (void)region;
    return ++*(int *)context == 3;
}

START_TEST(a_visitor_ends_the_walk)
{
    int calls = 0;
    memscan_error error;
    ck_assert_int_eq(ms_linux_regions(target, 0, stop, &calls, &error), MEMSCAN_STOPPED);
    ck_assert_int_eq(calls, 3);
}
END_TEST

static int count_regions(const memscan_region *region, void *context)
{
    (void)region;
    ++*(size_t *)context;
    return 0;
}

START_TEST(after_the_end_nothing_is_shown)
{
    int hold[2];
    ck_assert(!pipe(hold));
    pid_t pid = fork();
    if (!pid) {
        char byte;
        close(hold[1]);
        _exit((int)read(hold[0], &byte, 1));
    }
    close(hold[0]);
    char locator[16];
    snprintf(locator, sizeof locator, "%d", pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &ms_default_allocator, 1000 };
    void *state = NULL;
    size_t count = 0;
    memscan_error error;
    ck_assert_int_eq(ms_linux_open(&request, &state, &error), MEMSCAN_OK);
    ck_assert_int_eq(ms_linux_regions(state, 0, count_regions, &count, &error), MEMSCAN_OK);
    ck_assert_uint_gt(count, 10);
    close(hold[1]);
    siginfo_t info;
    ck_assert(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)); /* a zombie */
    count = 0;
    ck_assert_int_eq(ms_linux_regions(state, 0, count_regions, &count, &error), MEMSCAN_GONE);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid); /* and reaped */
    ck_assert_int_eq(ms_linux_regions(state, 0x1000, count_regions, &count, &error), MEMSCAN_GONE);
    ck_assert_uint_eq(count, 0);
    ms_linux_close(state);
}
END_TEST

/* ---- memory that a userfaultfd's holder supplies ---- */

START_TEST(supplied_memory_is_marked_whoever_holds_the_descriptor)
{
    char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(!(region_of(memory, 0).region.flags & MEMSCAN_REGION_MAY_BLOCK));
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    ck_assert_msg(fd >= 0, "userfaultfd: %s", strerror(errno));
    struct uffdio_api api = { .api = UFFD_API };
    struct uffdio_register range = { .range = { (uint64_t)(uintptr_t)memory + 4096, 8192 },
                                     .mode = UFFDIO_REGISTER_MODE_MISSING };
    ck_assert(!ioctl(fd, UFFDIO_API, &api));
    ck_assert(!ioctl(fd, UFFDIO_REGISTER, &range));
    int hold[2];
    ck_assert(!pipe(hold));
    pid_t pid = fork(); /* who now holds it alone */
    if (!pid) {
        char byte;
        close(hold[1]);
        _exit((int)read(hold[0], &byte, 1));
    }
    close(fd);
    close(hold[0]);
    ck_assert(!(region_of(memory, 0).region.flags & MEMSCAN_REGION_MAY_BLOCK));
    ck_assert(region_of(memory + 4096, 0).region.flags & MEMSCAN_REGION_MAY_BLOCK);
    ck_assert(region_of(memory + 8192, 1).region.flags & MEMSCAN_REGION_MAY_BLOCK);
    ck_assert(!(region_of(memory + 12288, 0).region.flags & MEMSCAN_REGION_MAY_BLOCK));
    close(hold[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert(!(region_of(memory + 4096, 0).region.flags & MEMSCAN_REGION_MAY_BLOCK));
    munmap(memory, 1 << 20);
}
END_TEST

/* ---- thread stacks ---- */

START_TEST(stacks_of_threads)
{
    sleeper one;
    pthread_t thread;
    char byte;
    ck_assert(!pipe(one.hold) && !pipe(one.ready));
    ck_assert(!pthread_create(&thread, NULL, block, &one));
    ck_assert_int_eq(read(one.ready[0], &byte, 1), 1);
    /* It is on its way into read(2); while it still runs, its stack is anonymous memory. */
    for (memscan_kind kind; (kind = region_of(one.stack, 0).region.kind) != MEMSCAN_KIND_STACK;)
        ck_assert_int_eq(kind, MEMSCAN_KIND_ANON);
    close(one.hold[1]);
    pthread_join(thread, NULL);
}
END_TEST

/* ---- modules ---- */

typedef struct loaded {
    const char *name;
    uint64_t base, end;
    const uint8_t *id;
    size_t id_length;
    size_t times;
} loaded;

typedef struct loaded_list {
    loaded items[64];
    size_t count;
    uint64_t last;
} loaded_list;

/* The loader's account. */
static int take_loaded(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    loaded_list *list = context;
    loaded *one = &list->items[list->count];
    *one = (loaded){ .name = info->dlpi_name, .base = UINT64_MAX };
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uint64_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD) {
            one->base = start < one->base ? start & ~(uint64_t)4095 : one->base;
            one->end = start + segment->p_memsz > one->end ? start + segment->p_memsz : one->end;
        }
        const uint8_t *note = (const uint8_t *)(uintptr_t)start, *end = note + segment->p_memsz;
        while (segment->p_type == PT_NOTE && segment->p_align == 4 && note < end) {
            const ElfW(Nhdr) *head = (const void *)note;
            const uint8_t *content = note + sizeof *head + ((head->n_namesz + 3) & ~3u);
            if (head->n_type == NT_GNU_BUILD_ID) {
                one->id = content;
                one->id_length = head->n_descsz;
            }
            note = content + ((head->n_descsz + 3) & ~3u);
        }
    }
    bool is_file = one->base != UINT64_MAX && (info->dlpi_name[0] == '/' || !list->count);
    list->count += is_file;
    return 0;
}

static int compare_module(const memscan_module *module, void *context)
{
    loaded_list *list = context;
    ck_assert_uint_gt(module->base, list->last);
    list->last = module->base;
    for (size_t i = 0; i < list->count; i++) {
        loaded *one = &list->items[i];
        if (one->base != module->base)
            continue;
        one->times++;
        ck_assert_uint_eq(module->base + module->size, (one->end + 4095) & ~(uint64_t)4095);
        ck_assert_uint_eq(module->build_id_length, one->id_length);
        ck_assert(!one->id_length || !memcmp(module->build_id, one->id, one->id_length));
        const char *slash = strrchr(module->path, '/');
        ck_assert_str_eq(module->name, slash + 1);
    }
    return 0;
}

START_TEST(modules_are_what_the_loader_says)
{
    loaded_list list = { .count = 0 };
    dl_iterate_phdr(take_loaded, &list);
    ck_assert_uint_ge(list.count, 3);
    memscan_error error;
    for (int round = 0; round < 2; round++) { /* the second one knows the heads already */
        list.last = 0;
        ck_assert_int_eq(ms_linux_modules(target, compare_module, &list, &error), MEMSCAN_OK);
        for (size_t i = 0; i < list.count; i++)
            ck_assert_msg(list.items[i].times == (size_t)round + 1, "%s: %zu", list.items[i].name, list.items[i].times);
    }
}
END_TEST

/* So many mappings in front of the libraries that the first window ends in front of them, then in each of them. */
START_TEST(modules_lie_across_the_ends_of_windows)
{
    enum { PAGES = LINUX_WALK_WINDOW, LEAST = PAGES - 240 };
    loaded_list list = { .count = 0 };
    dl_iterate_phdr(take_loaded, &list);
    char *pages = mmap(NULL, (size_t)PAGES * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < PAGES; i += 2)
        ck_assert_int_eq(mprotect(pages + i * 4096, 4096, PROT_NONE), 0);
    size_t rounds = 0;
    memscan_error error;
    for (size_t left = PAGES; left > LEAST; left -= 6) { /* fewer mappings each time */
        list.last = 0;
        ck_assert_int_eq(ms_linux_modules(target, compare_module, &list, &error), MEMSCAN_OK);
        rounds++;
        for (size_t i = 0; i < list.count; i++)
            ck_assert_msg(list.items[i].times == rounds, "%s: %zu of %zu", list.items[i].name, list.items[i].times,
                          rounds);
        mprotect(pages + (left - 6) * 4096, 6 * 4096, PROT_NONE);
    }
    munmap(pages, (size_t)PAGES * 4096);
}
END_TEST

/* A Windows program as Wine lays it out: its head from the file, its sections copied. */
static int find_game(const memscan_module *module, void *context)
{
    uint64_t *size = context;
    if (!strcmp(module->name, "MM6.exe") && module->base == size[0])
        size[1] += module->size;
    return 0;
}

START_TEST(windows_programs)
{
    enum { IMAGE = 8 * 4096 };
    char folder[] = "/tmp/memscan-XXXXXX", path[64];
    ck_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/MM6.exe", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    uint8_t head[4096] = "MZ";
    head[0x3c] = 0x80;
    memcpy(head + 0x80, "PE\0\0", 4);
    head[0x80 + 24] = 0x0b, head[0x80 + 25] = 0x02; /* PE32+ */
    head[0x80 + 80] = 0xff, head[0x80 + 81] = 0x7f; /* SizeOfImage 0x7fff: rounded up to IMAGE */
    ck_assert_int_eq(pwrite(fd, head, sizeof head, 0), sizeof head);
    ck_assert_int_eq(pwrite(fd, head, sizeof head, 4096), sizeof head);
    char *base = mmap(NULL, IMAGE + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(mmap(base, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == base);
    mprotect(base + 4096, 4096, PROT_READ | PROT_EXEC);
    ck_assert(mmap(base + 3 * 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 4096) != MAP_FAILED);
    mprotect(base + IMAGE, 4096, PROT_READ);
    if (_i) /* its head is not read by the program itself: absent, and told by the file */
        ck_assert_int_eq(*(volatile char *)base, 'M');
    check_kind(base, MEMSCAN_KIND_RODATA);
    check_kind(base + 4096, MEMSCAN_KIND_CODE);
    check_kind(base + 2 * 4096, MEMSCAN_KIND_DATA);
    check_kind(base + 3 * 4096, MEMSCAN_KIND_RODATA);
    check_kind(base + 4 * 4096, MEMSCAN_KIND_DATA);
    check_kind(base + IMAGE, MEMSCAN_KIND_ANON);
    uint64_t found[2] = { (uint64_t)(uintptr_t)base, 0 };
    memscan_error error;
    ck_assert_int_eq(ms_linux_modules(target, find_game, found, &error), MEMSCAN_OK);
    ck_assert_uint_eq(found[1], IMAGE);
    munmap(base, IMAGE + 4096);
    close(fd);
    unlink(path);
    rmdir(folder);
}
END_TEST

/* ---- abilities ---- */

static int take_ability(const memscan_ability *ability, void *context)
{
    static const char *const names[] = { "read", "write", "write-protected", "residency", "absent-shared", "control" };
    size_t *count = context;
    ck_assert_uint_lt(*count, 6);
    ck_assert_str_eq(ability->name, names[*count]);
    ck_assert(*ability->reason);
    ck_assert(!ability->available || !*ability->hint);
    if (*count < 2 || *count == 3)
        ck_assert_msg(ability->available, "%s: %s", ability->name, ability->reason);
    if (*count == 2) { /* the other way to ask the same: a debugger's write to a page of one's own */
        char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
        ck_assert_int_eq(ability->available, pwrite(fd, "x", 1, (off_t)(uintptr_t)page) == 1);
        close(fd);
        munmap(page, 4096);
    }
    ++*count;
    return 0;
}

START_TEST(abilities_of_ourselves)
{
    size_t count = 0;
    memscan_error error;
    ck_assert_int_eq(ms_linux_abilities(target, take_ability, &count, &error), MEMSCAN_OK);
    ck_assert_uint_eq(count, 6);
}
END_TEST

/* ---- when memory runs out ---- */

typedef struct purse {
    size_t left;
    size_t held; /* bytes not given back */
} purse;

static void *give(void *context, size_t bytes)
{
    purse *one = context;
    void *block = one->left ? malloc(bytes) : NULL;
    one->left -= one->left != 0;
    one->held += block ? bytes : 0;
    return block;
}

static void *change(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    purse *one = context;
    void *changed = one->left ? realloc(block, new_bytes) : NULL;
    one->left -= one->left != 0;
    one->held += changed ? new_bytes - old_bytes : 0;
    return changed;
}

static void take_back(void *context, void *block, size_t bytes)
{
    ((purse *)context)->held -= bytes;
    free(block);
}

static int count_modules(const memscan_module *module, void *context)
{
    (void)module;
    ++*(size_t *)context;
    return 0;
}

START_TEST(every_allocation_may_fail)
{
    purse one = { 1000, 0 };
    memscan_allocator allocator = { sizeof allocator, &one, give, change, take_back };
    memscan_platform_open request = { "self", MEMSCAN_READ, &allocator, 1000 };
    bool whole = false;
    size_t limit = 0;
    for (; !whole; limit++) {
        void *state = NULL;
        memscan_error error;
        size_t regions = 0, modules = 0;
        one.left = 1000;
        ck_assert_int_eq(ms_linux_open(&request, &state, &error), MEMSCAN_OK);
        one.left = limit;
        memscan_status first = ms_linux_regions(state, 0, count_regions, &regions, &error);
        memscan_status second = ms_linux_modules(state, count_modules, &modules, &error);
        ck_assert(!first || (first == MEMSCAN_NO_MEMORY && !regions));
        ck_assert(!second || second == MEMSCAN_NO_MEMORY);
        whole = one.left > 0;
        ck_assert(!whole || (!first && !second && modules >= 3));
        ms_linux_close(state);
        ck_assert_uint_eq(one.held, 0);
    }
    ck_assert_uint_gt(limit, 10);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_where");
    TCase *where = tcase_create("where");
    tcase_add_checked_fixture(where, open_self, close_self);
    tcase_add_test(where, kinds_of_our_own_memory);
    tcase_add_test(where, files_by_name);
    tcase_add_test(where, walks_go_forward_whatever_changes);
    tcase_add_test(where, what_a_region_is_depends_on_no_window);
    tcase_add_test(where, a_visitor_ends_the_walk);
    tcase_add_test(where, after_the_end_nothing_is_shown);
    tcase_add_test(where, supplied_memory_is_marked_whoever_holds_the_descriptor);
    tcase_add_test(where, stacks_of_threads);
    tcase_add_test(where, modules_are_what_the_loader_says);
    tcase_add_test(where, modules_lie_across_the_ends_of_windows);
    tcase_add_loop_test(where, windows_programs, 0, 2);
    tcase_add_test(where, abilities_of_ourselves);
    tcase_add_test(where, every_allocation_may_fail);
    suite_add_tcase(suite, where);
    return suite;
}
