/* test_linux_places.c - kinds and modules of another program, of both widths, against what it says of itself. */
#define _GNU_SOURCE
#include "asleep.h"
#include "check_main.h"
#include "kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_where.h"

static const char *const programs[] = { PLACES_64,
#ifdef PLACES_32
                                        PLACES_32
#endif
};
static const uint8_t widths[] = { sizeof(void *), 4 };

typedef struct program {
    pid_t pid;
    FILE *from;
    int to;
} program;

static program start(const char *path)
{
    int in[2], out[2];
    ck_assert(!pipe(in) && !pipe(out));
    program one = { fork(), NULL, in[1] };
    if (!one.pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl(path, path, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    one.from = fdopen(out[0], "r");
    return one;
}

typedef struct asked {
    const char *word;
    uint64_t address;
    size_t times;
} asked;

enum { ASKED_MOST = 64 };

typedef struct answers {
    asked items[ASKED_MOST];
    size_t count;
} answers;

static int check_region(const memscan_region *region, void *context)
{
    static const char *const words[] = { "code", "rodata", "data", "bss",  "heap",  "stack",
                                         "file", "shared", "anon", "vdso", "guard", "device" };
    answers *all = context;
    for (size_t i = 0; i < all->count; i++) {
        asked *one = &all->items[i];
        if (one->address < region->start || one->address - region->start >= region->size ||
            !strcmp(one->word, "module"))
            continue;
        one->times++;
        ck_assert_msg(!strcmp(words[region->kind], one->word), "%" PRIx64 " is %s, not %s", one->address,
                      words[region->kind], one->word);
    }
    return 0;
}

static int check_module(const memscan_module *module, void *context)
{
    answers *all = context;
    for (size_t i = 0; i < all->count; i++)
        all->items[i].times += !strcmp(all->items[i].word, "module") && all->items[i].address == module->base;
    ck_assert_uint_gt(module->build_id_length, 0);
    return 0;
}

START_TEST(what_a_program_says_of_itself)
{
    program one = start(programs[_i]);
    answers all = { .count = 0 };
    char line[128];
    static char words[ASKED_MOST][16];
    while (fgets(line, sizeof line, one.from) && strcmp(line, "ready\n")) {
        asked *next = &all.items[all.count];
        ck_assert_int_eq(sscanf(line, "%15s %" SCNx64, words[all.count], &next->address), 2);
        next->word = words[all.count++];
    }
    ck_assert_uint_ge(all.count, 9); /* of a static program, with a C library of which no heap is known */
    await_reads(one.pid);            /* until they sleep, the threads' stacks are not known for what they are */
    char locator[16];
    snprintf(locator, sizeof locator, "%d", one.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &ms_default_allocator, 1000 };
    memscan_platform_facts facts = { .max_readers = 0 };
    void *state = NULL;
    memscan_error error;
    ck_assert_int_eq(ms_linux_open(&request, &state, &error), MEMSCAN_OK);
    ck_assert_int_eq(ms_linux_facts(state, &facts, &error), MEMSCAN_OK);
    ck_assert_uint_eq(facts.target.layout.pointer_width, widths[_i]);
    ck_assert_int_eq(ms_linux_regions(state, 0, check_region, &all, &error), MEMSCAN_OK);
    ck_assert_int_eq(ms_linux_modules(state, check_module, &all, &error), MEMSCAN_OK);
    for (size_t i = 0; i < all.count; i++)
        ck_assert_msg(all.items[i].times == 1, "%s %" PRIx64 ": %zu", all.items[i].word, all.items[i].address,
                      all.items[i].times);
    ms_linux_close(state);
    close(one.to);
    fclose(one.from);
    int status;
    ck_assert_int_eq(waitpid(one.pid, &status, 0), one.pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_places");
    TCase *places = tcase_create("places");
    tcase_add_loop_test(places, what_a_program_says_of_itself, 0,
                        (int)kernel_runs(programs, sizeof programs / sizeof programs[0]));
    suite_add_tcase(suite, places);
    return suite;
}
