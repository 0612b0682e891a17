/* test_linux_seeing.c - what memscan says of addresses, against a program that knows where its own things are (64 and 32
 * bits, movable and not); physical addresses of two processes that share a page; how memory is used, by a child that
 * knows what it touched. */
#define _GNU_SOURCE
#include "asleep.h"
#include "check_main.h"
#include "kernel.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#define PAGE UINT64_C(4096)

/* ---- a program that tells ---- */

static const char *const programs[] = { LANDMARKS };
enum { LANDMARKS_MOST = 64 };

typedef struct landmark {
    char word[24];
    uint64_t address, thread;
} landmark;

typedef struct program {
    pid_t pid;
    FILE *from;
    int to;
    landmark marks[LANDMARKS_MOST];
    size_t count;
    memscan_target *target;
    memscan_view *view;
} program;

static void open_target(program *p)
{
    char locator[32];
    memscan_error error;
    snprintf(locator, sizeof locator, "pid:%d", p->pid);
    ck_assert_msg(memscan_open(locator, MEMSCAN_READ, NULL, &p->target, &error) == MEMSCAN_OK, "%s", error.text);
    ck_assert_int_eq(memscan_view_create(p->target, &p->view, &error), MEMSCAN_OK);
}

static void start(program *p, const char *path)
{
    int in[2], out[2];
    char line[128];
    *p = (program){ .count = 0 };
    ck_assert(!pipe(in) && !pipe(out));
    if (!(p->pid = fork())) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    p->to = in[1];
    p->from = fdopen(out[0], "r");
    while (fgets(line, sizeof line, p->from) && strcmp(line, "ready\n") != 0) {
        landmark *mark = &p->marks[p->count++];
        ck_assert_int_eq(sscanf(line, "%23s %" SCNx64 " %" SCNu64, mark->word, &mark->address, &mark->thread), 3);
    }
    ck_assert_uint_gt(p->count, 18);
    for (size_t i = 0; i < p->count; i++)
        if (p->marks[i].thread && strcmp(p->marks[i].word, "running") != 0)
            await_read(p->pid, p->marks[i].thread);
    open_target(p);
}

static void end(program *p)
{
    int status;
    memscan_view_destroy(p->view);
    memscan_close(p->target);
    close(p->to);
    fclose(p->from);
    ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
    ck_assert_int_eq(status, 0);
}

static memscan_where look(const program *p, uint64_t address)
{
    memscan_where where = MEMSCAN_WHERE_INIT;
    memscan_error error;
    memscan_status status =
        memscan_view_at(p->view, address, MEMSCAN_WHERE_PAGE | MEMSCAN_WHERE_SYMBOL, &where, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    ck_assert_uint_eq(where.address, address);
    return where;
}

/* What a word of the program's stands for. */
typedef struct meaning {
    const char *word, *kind, *what; /* what: begins so */
    memscan_heap heap;
    bool read_faults, write_faults, execute_faults;
} meaning;

static const meaning meanings[] = {
    { "code", "code", "code", 0, false, true, false },
    { "rodata", "rodata", "read-only data", 0, false, true, true },
    { "data", "data", "initialised data", 0, false, false, true },
    { "bss", "bss", "zeroed data", 0, false, false, true },
    { "brk", "heap", "heap, grown by brk", MEMSCAN_HEAP_BREAK, false, false, true },
    { "arena", "heap", "heap, an arena", MEMSCAN_HEAP_ARENA, false, false, true },
    { "block", "heap", "heap, a large block", MEMSCAN_HEAP_BLOCK, false, false, true },
    { "stack", "stack", "stack of ", 0, false, false, true },
    { "stack_left", "stack", "stack of ", 0, false, false, true },
    { "running", "stack", "stack of ", 0, false, false, true },
    { "alternate", "stack", "stack: alternate stack", 0, false, false, true },
    { "guard", "guard", "a guard", 0, true, true, true },
    { "guard_of_stack", "guard", "guard page of thread ", 0, true, true, true },
};

static bool begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

static bool is_told(const program *p, const landmark *mark)
{
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    ck_assert_int_eq(memscan_facts_of(p->target, &facts, NULL), MEMSCAN_OK);
    bool narrow = facts.layout.pointer_width == 4;
    /* A 32-bit thread tells only its stack pointer: nothing while it runs, nothing of the stack that it left. */
    return !narrow || (strcmp(mark->word, "running") != 0 && strcmp(mark->word, "stack_left") != 0 &&
                       strcmp(mark->word, "alternate") != 0);
}

static void check_landmark(const program *p, const landmark *mark, const meaning *expected)
{
    memscan_where where = look(p, mark->address);
    char number[24];
    ck_assert_msg(where.mapped, "%s %" PRIx64, mark->word, mark->address);
    ck_assert_msg(!strcmp(memscan_kind_name(where.kind), expected->kind), "%s %" PRIx64 " is %s: %s", mark->word,
                  mark->address, memscan_kind_name(where.kind), where.what);
    ck_assert_msg(begins(where.what, expected->what), "%s %" PRIx64 ": %s", mark->word, mark->address, where.what);
    ck_assert_int_eq(where.heap, expected->heap);
    ck_assert_int_eq(where.read.faults, expected->read_faults);
    ck_assert_int_eq(where.write.faults, expected->write_faults);
    ck_assert_int_eq(where.execute.faults, expected->execute_faults);
    ck_assert_msg(where.thread == mark->thread, "%s: %s", mark->word, where.what);
    if (!mark->thread)
        return;
    snprintf(number, sizeof number, "%" PRIu64, mark->thread);
    ck_assert_ptr_nonnull(strstr(where.what, number));
    ck_assert_int_eq(where.is_alternate, !strcmp(mark->word, "alternate"));
}

START_TEST(segments_as_the_program_knows_them)
{
    program p;
    start(&p, programs[_i]);
    size_t checked = 0;
    for (size_t i = 0; i < p.count; i++)
        for (size_t k = 0; k < sizeof meanings / sizeof meanings[0]; k++)
            if (!strcmp(p.marks[i].word, meanings[k].word) && is_told(&p, &p.marks[i])) {
                check_landmark(&p, &p.marks[i], &meanings[k]);
                checked++;
            }
    ck_assert_uint_ge(checked, 14);
    end(&p);
}
END_TEST

static const landmark *find(const program *p, const char *word)
{
    for (size_t i = 0; i < p->count; i++)
        if (!strcmp(p->marks[i].word, word))
            return &p->marks[i];
    return NULL;
}

START_TEST(nothing_and_what_is_next_to_it)
{
    program p;
    start(&p, programs[_i]);
    memscan_where where = look(&p, find(&p, "none")->address);
    ck_assert(!where.mapped && where.has_below && where.has_above);
    ck_assert_uint_eq(where.below.start + where.below.size, where.address);
    ck_assert_uint_eq(where.above.start, where.address + PAGE);
    ck_assert(where.read.faults && where.write.faults && where.execute.faults);
    ck_assert_str_eq(where.read.words, "not mapped");
    where = look(&p, 0);
    ck_assert(!where.mapped && !where.has_below && where.has_above && begins(where.what, "null page"));
    ck_assert_str_eq(where.write.words, "null page");
    end(&p);
}
END_TEST

START_TEST(sides_of_the_stack_pointer)
{
    program p;
    start(&p, programs[_i]);
    const landmark *local = find(&p, "stack"); /* the first thread's */
    memscan_where where = look(&p, local->address);
    ck_assert_uint_ne(where.stack_pointer, 0);
    ck_assert_uint_lt(where.stack_pointer, local->address);
    ck_assert_uint_lt(local->address - where.stack_pointer, 1 << 16);
    where = look(&p, where.stack_pointer - 4096);
    ck_assert_uint_eq(where.thread, local->thread);
    ck_assert_uint_gt(where.stack_pointer, where.address);
    end(&p);
}
END_TEST

START_TEST(states_of_pages)
{
    program p;
    start(&p, programs[_i]);
    memscan_where where = look(&p, find(&p, "untouched")->address);
    ck_assert_int_eq(where.page.state, MEMSCAN_PAGE_UNTOUCHED);
    ck_assert(!where.page.zero && !where.page.frame_known && *where.page.reason);
    where = look(&p, find(&p, "resident")->address);
    ck_assert_int_eq(where.page.state, MEMSCAN_PAGE_RESIDENT);
    ck_assert(!where.page.huge && !where.page.zero && !where.page.shared);
    bool scans = where.page.size != 0; /* older kernels have no PAGEMAP_SCAN */
    where = look(&p, find(&p, "zero")->address);
    ck_assert_int_eq(where.page.zero, scans && kernel_shares_zeros());
    const landmark *huge = find(&p, "huge");
    if (huge && scans) {
        where = look(&p, huge->address);
        ck_assert_int_eq(where.page.state, MEMSCAN_PAGE_RESIDENT);
        ck_assert(where.page.huge);
        ck_assert_uint_eq(where.page.size, 2 << 20);
    }
    end(&p);
}
END_TEST

START_TEST(symbols_both_ways)
{
    program p;
    uint64_t address = 0;
    memscan_error error;
    start(&p, programs[_i]);
    const landmark *code = find(&p, "code");
    memscan_where where = look(&p, code->address + 1);
    memscan_status status = memscan_resolve(p.target, "landmark_code+1", &address, &error);
#ifdef HAVE_SYMBOLS
    ck_assert_str_eq(where.symbol.name, "landmark_code");
    ck_assert_uint_eq(where.symbol.address, code->address);
    ck_assert_uint_gt(where.symbol.size, 1);
    ck_assert_int_eq(status, MEMSCAN_OK);
    ck_assert_uint_eq(address, code->address + 1);
    const char *slash = strrchr(programs[_i], '/');
    char text[200];
    snprintf(text, sizeof text, "%s!landmark_data", slash + 1);
    ck_assert_int_eq(memscan_resolve(p.target, text, &address, &error), MEMSCAN_OK);
    ck_assert_uint_eq(address, find(&p, "data")->address);
    where = look(&p, address + 3);
    ck_assert_str_eq(where.symbol.name, "landmark_data");
    snprintf(text, sizeof text, "%s!no_such_landmark", slash + 1);
    ck_assert_int_eq(memscan_resolve(p.target, text, &address, &error), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(memscan_resolve(p.target, "nomodule!landmark_data", &address, &error), MEMSCAN_NOT_FOUND);
#else
    ck_assert_int_eq(status, MEMSCAN_NOT_FOUND);
    ck_assert_str_eq(where.symbol.name, "");
    ck_assert_ptr_nonnull(strstr(where.symbol_reason, "libdw"));
#endif
    end(&p);
}
END_TEST

/* Any address has an answer, and a view is asked once, however many there are. */
START_TEST(every_address_has_an_answer)
{
    program p;
    start(&p, programs[0]);
    for (uint64_t address = 0; address < 10000; address++)
        ck_assert_int_eq(look(&p, address).mapped, 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t address = UINT64_C(1) << bit;
        look(&p, address);
        look(&p, address - 1);
        look(&p, ~address);
    }
    look(&p, UINT64_MAX);
    end(&p);
}
END_TEST

/* ---- physical addresses ---- */

static uint64_t physical(const char *locator, const void *address, memscan_page *page)
{
    program p = { .pid = 0 };
    memscan_error error;
    ck_assert_msg(memscan_open(locator, MEMSCAN_READ, NULL, &p.target, &error) == MEMSCAN_OK, "%s", error.text);
    ck_assert_int_eq(memscan_view_create(p.target, &p.view, &error), MEMSCAN_OK);
    memscan_where where = look(&p, (uintptr_t)address);
    memscan_view_destroy(p.view);
    memscan_close(p.target);
    *page = where.page;
    return where.page.physical;
}

/* The parent and the child map one page both, and each a page of its own at one address. */
START_TEST(one_frame_of_two_processes)
{
    char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *own = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ready[2], done[2];
    char byte, locator[32];
    memscan_page pages[4];
    ck_assert(!pipe(ready) && !pipe(done));
    *shared = 1;
    pid_t child = fork();
    if (!child) {
        close(done[1]);
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        *own = (char)(*shared + 1);
        _exit(write(ready[1], "r", 1) != 1 || read(done[0], &byte, 1) != 0);
    }
    *own = 3;
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    snprintf(locator, sizeof locator, "pid:%d", child);
    uint64_t ours = physical("pid:self", shared + 17, &pages[0]), theirs = physical(locator, shared + 17, &pages[1]);
    uint64_t our_own = physical("pid:self", own, &pages[2]), their_own = physical(locator, own, &pages[3]);
    close(done[1]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    if (geteuid() == 0) {
        ck_assert(pages[0].frame_known && pages[1].frame_known && pages[0].shared && pages[1].shared);
        ck_assert_uint_eq(ours, theirs);
        ck_assert_uint_eq(ours % PAGE, 17);
        ck_assert_uint_eq(pages[0].frame, ours / PAGE);
        ck_assert_uint_ne(our_own, their_own);
        ck_assert(!pages[2].shared);
    } else {
        ck_assert(!pages[0].frame_known && ours == 0);
        ck_assert_ptr_nonnull(strstr(pages[0].reason, "CAP_SYS_ADMIN"));
    }
    munmap(shared, PAGE);
    munmap(own, PAGE);
}
END_TEST

/* A process that gave up its rights looks at itself. */
START_TEST(no_frame_without_permission)
{
    int out[2], status;
    char reason[200] = "";
    ck_assert(!pipe(out));
    pid_t child = fork();
    if (!child) {
        char local = 1;
        memscan_page page;
        if (geteuid() == 0 && (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)))
            _exit(1);
        prctl(PR_SET_DUMPABLE, 1);
        physical("pid:self", &local, &page);
        snprintf(reason, sizeof reason, "%d %d %s; %s", page.frame_known, page.state, page.reason, page.hint);
        _exit(write(out[1], reason, sizeof reason) != sizeof reason);
    }
    ck_assert_int_eq(read(out[0], reason, sizeof reason), sizeof reason);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(reason, "0 1 the system shows physical frames to the superuser only (CAP_SYS_ADMIN); "
                             "run memscan with sudo");
}
END_TEST

/* ---- how memory is used ---- */

typedef struct usage_search {
    uint64_t address;
    memscan_usage found;
} usage_search;

static int take_usage(const memscan_usage *usage, void *context)
{
    usage_search *search = context;
    if (search->address >= usage->start && search->address - usage->start < usage->size)
        search->found = *usage;
    return 0;
}

static memscan_usage usage_at(memscan_target *target, const void *address)
{
    usage_search search = { .address = (uintptr_t)address };
    memscan_error error;
    ck_assert_int_eq(memscan_usages(target, take_usage, &search, &error), MEMSCAN_OK);
    ck_assert_uint_ne(search.found.size, 0);
    return search.found;
}

START_TEST(what_is_private_and_what_is_shared)
{
    enum { PRIVATE = 40, SHARED = 24, ALL = 64 };
    /* Inaccessible pages around keep each a mapping of its own. */
    char *memory = mmap(NULL, 5 * ALL * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *own =
        mmap(memory + ALL * PAGE, ALL * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(memory + 3 * ALL * PAGE, ALL * PAGE, PROT_READ | PROT_WRITE,
                        MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int ready[2], done[2];
    char byte;
    memscan_target *target;
    memscan_error error;
    ck_assert(!pipe(ready) && !pipe(done));
    madvise(own, ALL * PAGE, MADV_NOHUGEPAGE);
    madvise(shared, ALL * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < ALL; i++)
        shared[i * PAGE] = 1;
    pid_t child = fork();
    if (!child) {
        close(done[1]);
        for (size_t i = 0; i < SHARED; i++)
            shared[i * PAGE] = 2; /* reading would map more pages around */
        _exit(write(ready[1], "r", 1) != 1 || read(done[0], &byte, 1) != 0);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    for (size_t i = 0; i < PRIVATE; i++)
        own[i * PAGE] = 1;
    ck_assert_int_eq(memscan_open("pid:self", MEMSCAN_READ, NULL, &target, &error), MEMSCAN_OK);
    memscan_usage usage = usage_at(target, own);
    ck_assert_uint_eq(usage.size, ALL * PAGE);
    ck_assert_uint_eq(usage.resident, PRIVATE * PAGE);
    ck_assert_uint_eq(usage.private_bytes, PRIVATE * PAGE);
    ck_assert_uint_eq(usage.shared_bytes + usage.swapped + usage.huge, 0);
    usage = usage_at(target, shared);
    ck_assert_uint_eq(usage.resident, ALL * PAGE);
    ck_assert_uint_eq(usage.shared_bytes, SHARED * PAGE);
    ck_assert_uint_eq(usage.private_bytes, (ALL - SHARED) * PAGE);
    close(done[1]);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    memscan_close(target);
    munmap(memory, 5 * ALL * PAGE);
}
END_TEST

START_TEST(measures_move_with_what_we_do)
{
    enum { PAGES = 4096 };
    memscan_target *target;
    memscan_error error;
    memscan_measures before = MEMSCAN_MEASURES_INIT, after = MEMSCAN_MEASURES_INIT;
    ck_assert_int_eq(memscan_open("pid:self", MEMSCAN_READ, NULL, &target, &error), MEMSCAN_OK);
    ck_assert_int_eq(memscan_measures_of(target, &before, &error), MEMSCAN_OK);
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < PAGES; i++)
        memory[i * PAGE] = 1;
    ck_assert_int_eq(memscan_measures_of(target, &after, &error), MEMSCAN_OK);
    ck_assert_uint_eq(after.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
    ck_assert_uint_eq(after.processors, (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    ck_assert_uint_ge(after.minor_faults - before.minor_faults, PAGES);
    ck_assert_uint_eq(after.faults, after.minor_faults + after.major_faults);
    ck_assert_uint_ge(after.resident - before.resident, PAGES * PAGE * 9 / 10); /* the kernel counts in batches */
    ck_assert_uint_ge(after.page_tables - before.page_tables, PAGES * 8 - PAGE);
    ck_assert_uint_ne(after.swapped, MEMSCAN_NOT_TOLD);
    char local;
    if (after.highest_address != MEMSCAN_NOT_TOLD)
        ck_assert(after.lowest_address < (uintptr_t)memory && (uintptr_t)&local < after.highest_address);
    munmap(memory, PAGES * PAGE);
    memscan_close(target);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_seeing");
    TCase *seeing = tcase_create("seeing");
    tcase_set_timeout(seeing, 60);
    int count = (int)kernel_runs(programs, sizeof programs / sizeof programs[0]);
    tcase_add_loop_test(seeing, segments_as_the_program_knows_them, 0, count);
    tcase_add_loop_test(seeing, nothing_and_what_is_next_to_it, 0, count);
    tcase_add_loop_test(seeing, sides_of_the_stack_pointer, 0, count);
    tcase_add_loop_test(seeing, states_of_pages, 0, count);
    tcase_add_loop_test(seeing, symbols_both_ways, 0, count);
    tcase_add_test(seeing, every_address_has_an_answer);
    tcase_add_test(seeing, one_frame_of_two_processes);
    tcase_add_test(seeing, no_frame_without_permission);
    tcase_add_test(seeing, what_is_private_and_what_is_shared);
    tcase_add_test(seeing, measures_move_with_what_we_do);
    suite_add_tcase(suite, seeing);
    return suite;
}
