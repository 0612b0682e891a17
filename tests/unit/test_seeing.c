/* test_seeing.c - what an address is, in words: against a scripted target whose stacks, pages and symbols the test
 * makes up, and what becomes of failures underneath. */
#include "check_main.h"

#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"
#include "libmemscan/target/target.h"

enum { R = MEMSCAN_PROT_READ, W = MEMSCAN_PROT_WRITE, X = MEMSCAN_PROT_EXECUTE, PAGE = 0x1000 };

static fake_target *the_fake;
static memscan_target *target;
static memscan_status symbols_answer, page_answer;
static const char *symbols_hint = "";

/* ---- what the made-up platform says ---- */

static memscan_status stacks(void *state, memscan_stack_fn *visit, void *context, memscan_error *error)
{
    static const memscan_stack told[] = {
        { 10, 0x8ff800, 0x8fff00 }, /* at home, and there */
        { 11, 0x704000, 0x95ff00 }, /* on memory of its own making */
        { 12, 0, 0x93ff00 },        /* runs now */
    };
    (void)state, (void)error;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (visit(&told[i], context))
            return MEMSCAN_STOPPED;
    return MEMSCAN_OK;
}

static memscan_status page(void *state, const memscan_region *region, uint64_t address, memscan_page *told,
                           memscan_error *error)
{
    (void)state, (void)region, (void)error;
    *told = (memscan_page){ .reason = "", .hint = "", .state = MEMSCAN_PAGE_RESIDENT };
    if (address == 0x600000)
        told->state = MEMSCAN_PAGE_UNTOUCHED;
    if (address == 0x601000)
        told->state = MEMSCAN_PAGE_SWAPPED;
    if (address == 0x602000)
        told->state = MEMSCAN_PAGE_GUARD;
    if (address == 0x401000)
        told->shared = 1;
    return page_answer;
}

static memscan_status symbols_named(void *state, const memscan_module *module, const memscan_region *head,
                                    const char *name, memscan_symbol_fn *visit, void *context, memscan_error *error)
{
    static const struct {
        const char *module, *name;
        uint64_t address;
        bool is_local;
    } all[] = {
        { "game", "main", 0x400100, false },     { "game", "helper", 0x400200, true },
        { "lib.so", "helper", 0x500300, false }, { "game", "twice", 0x400400, false },
        { "lib.so", "twice", 0x500400, false },  { "lib.so", "alias", 0x500500, false },
        { "lib.so", "alias", 0x500500, false },  { "lib.so", "here", 0x500600, true },
        { "lib.so", "here", 0x500700, true },
    };
    (void)state, (void)head;
    if (symbols_answer && error)
        strcpy(error->hint, symbols_hint);
    if (symbols_answer)
        return symbols_answer;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        memscan_symbol symbol = { .address = all[i].address, .is_local = all[i].is_local };
        if (strcmp(all[i].module, module->name) != 0 || strcmp(all[i].name, name) != 0)
            continue;
        strcpy(symbol.name, name);
        if (visit(&symbol, context))
            return MEMSCAN_STOPPED;
    }
    return MEMSCAN_OK;
}

static memscan_status measures(void *state, memscan_measures *told, memscan_error *error)
{
    (void)state, (void)error;
    told->lowest_address = 0x10000;
    told->highest_address = 0x4ffffff;
    return MEMSCAN_OK;
}

static void map(uint64_t start, uint64_t pages, uint32_t protection, memscan_kind kind, uint32_t flags,
                const char *name)
{
    fake_map(the_fake, start, pages * PAGE, protection, kind);
    fake_describe(the_fake, start, flags, name);
}

static void set_up(void)
{
    the_fake = fake_create();
    symbols_answer = page_answer = MEMSCAN_OK;
    map(0x400000, 1, R | X, MEMSCAN_KIND_CODE, MEMSCAN_REGION_FILE, "/bin/game");
    map(0x401000, 1, R | W, MEMSCAN_KIND_DATA, MEMSCAN_REGION_FILE, "/bin/game");
    fake_add_module(the_fake, 0x400000, 2 * PAGE, "/bin/game");
    map(0x500000, 1, R, MEMSCAN_KIND_RODATA, MEMSCAN_REGION_FILE, "/lib/lib.so");
    fake_add_module(the_fake, 0x500000, PAGE, "/lib/lib.so");
    map(0x600000, 3, R | W, MEMSCAN_KIND_ANON, 0, "");
    map(0x700000, 32, R | W, MEMSCAN_KIND_ANON, 0, "");
    map(0x800000, 1, R | W, MEMSCAN_KIND_SHARED, MEMSCAN_REGION_SHARED, "/memfd:x");
    map(0x810000, 1, R | W, MEMSCAN_KIND_FILE, MEMSCAN_REGION_SHARED | MEMSCAN_REGION_FILE, "/tmp/x");
    map(0x8f7000, 1, 0, MEMSCAN_KIND_GUARD, 0, "");
    map(0x8f8000, 16, R | W, MEMSCAN_KIND_STACK, 0, ""); /* the last eight pages are another mapping, joined with it */
    map(0x930000, 16, R | W, MEMSCAN_KIND_STACK, 0, "");
    map(0xa00000, 1, 0, MEMSCAN_KIND_GUARD, 0, "");
    map(0xb00000, 1, R | W, MEMSCAN_KIND_HEAP, 0, "");
    map(0xb01000, 4, 0, MEMSCAN_KIND_GUARD, 0, "");
    map(0xe00000, 1, R | W, MEMSCAN_KIND_STACK, MEMSCAN_REGION_GROWS_DOWN, "[stack]");
    map(0x3ffe000, 1, R | W, MEMSCAN_KIND_HEAP, 0, "");
    map(0x3fff000, 2, 0, MEMSCAN_KIND_GUARD, 0, ""); /* the last page of an arena, and a guard joined with it */
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    target->platform.stacks = stacks;
    target->platform.page = page;
    target->platform.symbols_named = symbols_named;
    target->platform.measures = measures;
}

static void tear_down(void)
{
    memscan_close(target);
    fake_destroy(the_fake);
}

/* ---- words ---- */

START_TEST(what_an_address_is)
{
    static const struct {
        uint64_t address;
        const char *kind, *what, *read, *write, *execute; /* NULL: it works, without more words */
        uint64_t thread;
    } cases[] = {
        { 0, "", "null page: never mapped, so that a null pointer faults", "!null page", "!null page", "!null page",
          0 },
        { 0xfff, "", "null page: never mapped, so that a null pointer faults", "!null page", "!null page", "!null page",
          0 },
        { 0x1000, "", "nothing: below the lowest address that programs may map", "!not mapped", "!not mapped",
          "!not mapped", 0 },
        { 0x5000000, "", "nothing: beyond the addresses of programs", "!not mapped", "!not mapped", "!not mapped", 0 },
        { 0x300000, "", "nothing is mapped here", "!not mapped", "!not mapped", "!not mapped", 0 },
        { 0xdff000, "", "nothing yet: the stack above grows down on access, if its limit allows",
          "makes the stack grow down to here, if its limit allows",
          "makes the stack grow down to here, if its limit allows", "!not mapped", 0 },
        { 0x400010, "code", "code", NULL, "!read-only", NULL, 0 },
        { 0x401000, "data", "initialised data", NULL, "makes the page the program's own (copy on write)",
          "!not executable", 0 },
        { 0x500000, "rodata", "read-only data", NULL, "!read-only", "!not executable", 0 },
        { 0x600000, "anon", "private memory of no known use (anonymous)", "maps the shared page of zeros",
          "gives the program a page of its own, zeroed", "!not executable", 0 },
        { 0x601000, "anon", "private memory of no known use (anonymous)", "brings the page back from swap",
          "brings the page back from swap", "!not executable", 0 },
        { 0x602000, "guard", "a guard: no access is permitted", "!no access is permitted", "!no access is permitted",
          "!no access is permitted", 0 },
        { 0x703000, "anon", "stack: alternate stack, which thread 11 runs on now", NULL, NULL, "!not executable", 11 },
        { 0x71f000, "anon", "private memory of no known use (anonymous)", NULL, NULL, "!not executable", 0 },
        { 0x800000, "shared", "shared memory", NULL, "reaches everybody who maps this memory", "!not executable", 0 },
        { 0x810000, "file", "a mapped file", NULL, "changes the file, for all who map it", "!not executable", 0 },
        { 0x8f7fff, "guard", "guard page of thread 10's stack", "!guard page of thread 10's stack",
          "!guard page of thread 10's stack", "!guard page of thread 10's stack", 10 },
        { 0x8f8000, "stack", "stack of thread 10", NULL, NULL, "!not executable", 10 },
        { 0x905000, "anon", "private memory of no known use (anonymous)", NULL, NULL, "!not executable", 0 },
        { 0x930000, "stack", "stack of thread 12", NULL, NULL, "!not executable", 12 },
        { 0xa00000, "guard", "a guard: no access is permitted", "!no access is permitted", "!no access is permitted",
          "!no access is permitted", 0 },
        { 0xb00000, "heap", "heap", NULL, NULL, "!not executable", 0 },
        { 0xb01000, "guard", "set aside for a malloc arena to grow into", "!no access is permitted",
          "!no access is permitted", "!no access is permitted", 0 },
        { 0x3fffff8, "guard", "set aside for a malloc arena to grow into", "!no access is permitted",
          "!no access is permitted", "!no access is permitted", 0 },
        { 0x4000000, "guard", "a guard: no access is permitted", "!no access is permitted", "!no access is permitted",
          "!no access is permitted", 0 },
    };
    memscan_view *view;
    memscan_error error;
    ck_assert_int_eq(memscan_view_create(target, &view, &error), MEMSCAN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_where where = MEMSCAN_WHERE_INIT;
        const char *expected[] = { cases[i].read, cases[i].write, cases[i].execute };
        ck_assert_int_eq(memscan_view_at(view, cases[i].address, MEMSCAN_WHERE_PAGE, &where, &error), MEMSCAN_OK);
        const memscan_access *told[] = { &where.read, &where.write, &where.execute };
        ck_assert_str_eq(where.what, cases[i].what);
        ck_assert_str_eq(where.mapped ? memscan_kind_name(where.kind) : "", cases[i].kind);
        ck_assert_uint_eq(where.thread, cases[i].thread);
        for (size_t k = 0; k < 3; k++) {
            bool faults = expected[k] && expected[k][0] == '!';
            ck_assert_msg(told[k]->faults == faults, "%zu at %lx", k, (unsigned long)cases[i].address);
            ck_assert_str_eq(told[k]->words, expected[k] ? expected[k] + faults : "");
        }
    }
    memscan_view_destroy(view);
}
END_TEST

START_TEST(neighbours_on_both_sides)
{
    memscan_view *view;
    memscan_where where = MEMSCAN_WHERE_INIT;
    ck_assert_int_eq(memscan_view_create(target, &view, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_view_at(view, 0x450000, 0, &where, NULL), MEMSCAN_OK);
    ck_assert(!where.mapped && where.has_below && where.has_above);
    ck_assert_uint_eq(where.below.start, 0x401000);
    ck_assert_uint_eq(where.above.start, 0x500000);
    ck_assert_int_eq(memscan_view_at(view, 0x400000, 0, &where, NULL), MEMSCAN_OK);
    ck_assert(where.mapped && !where.has_below && where.has_above);
    ck_assert_uint_eq(where.above.start, 0x401000);
    ck_assert_int_eq(memscan_view_at(view, UINT64_MAX, 0, &where, NULL), MEMSCAN_OK);
    ck_assert(!where.mapped && where.has_below && !where.has_above);
    ck_assert_uint_eq(where.below.start, 0x3fff000);
    memscan_view_destroy(view);
}
END_TEST

/* An older caller's struct is shorter: nothing is written beyond it. */
START_TEST(a_shorter_answer)
{
    memscan_view *view;
    memscan_where where = MEMSCAN_WHERE_INIT;
    ck_assert_int_eq(memscan_view_create(target, &view, NULL), MEMSCAN_OK);
    where.size = offsetof(memscan_where, place);
    memset(where.place, 'x', sizeof where.place);
    ck_assert_int_eq(memscan_view_at(view, 0x400010, 0, &where, NULL), MEMSCAN_OK);
    ck_assert_str_eq(where.what, "code");
    ck_assert_int_eq(where.place[0], 'x');
    memscan_view_destroy(view);
}
END_TEST

/* ---- symbols as addresses ---- */

START_TEST(names_of_symbols)
{
    static const struct {
        const char *text;
        memscan_status status;
        uint64_t address;
    } cases[] = {
        { "main", MEMSCAN_OK, 0x400100 },
        { "main+0x10", MEMSCAN_OK, 0x400110 },
        { "game!main", MEMSCAN_OK, 0x400100 },
        { "/bin/game!main", MEMSCAN_OK, 0x400100 },
        { "\"game\"!main-1", MEMSCAN_OK, 0x4000ff },
        { "helper", MEMSCAN_OK, 0x500300 }, /* what all see goes before what is local */
        { "game!helper", MEMSCAN_OK, 0x400200 },
        { "alias", MEMSCAN_OK, 0x500500 }, /* one place, named twice */
        { "twice", MEMSCAN_AMBIGUOUS, 0 },
        { "lib.so!twice", MEMSCAN_OK, 0x500400 },
        { "lib.so!here", MEMSCAN_AMBIGUOUS, 0 },
        { "lib.so!main", MEMSCAN_NOT_FOUND, 0 },
        { "nolib!main", MEMSCAN_NOT_FOUND, 0 },
        { "game", MEMSCAN_OK, 0x400000 }, /* modules go before symbols */
        { "game!", MEMSCAN_NOT_FOUND, 0 },
        { "!main", MEMSCAN_OK, 0x400100 },
        { "nosuch", MEMSCAN_NOT_FOUND, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t address = 0;
        memscan_error error = { .text = "" };
        memscan_status status = memscan_resolve(target, cases[i].text, &address, &error);
        ck_assert_msg(status == cases[i].status, "%s: %s (%s)", cases[i].text, memscan_status_name(status), error.text);
        ck_assert_uint_eq(address, cases[i].address);
    }
    memscan_error error;
    uint64_t address;
    ck_assert_int_eq(memscan_resolve(target, "twice", &address, &error), MEMSCAN_AMBIGUOUS);
    ck_assert_str_eq(error.hint, "say which: game!twice lib.so!twice");
}
END_TEST

START_TEST(where_no_symbols_are_read)
{
    memscan_error error;
    uint64_t address;
    symbols_answer = MEMSCAN_NOT_SUPPORTED;
    ck_assert_int_eq(memscan_resolve(target, "main", &address, &error), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(memscan_resolve(target, "game!main", &address, &error), MEMSCAN_NOT_SUPPORTED);
    symbols_hint = "install the library"; /* so it may well be a symbol's */
    ck_assert_int_eq(memscan_resolve(target, "main", &address, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_str_eq(error.hint, symbols_hint);
    symbols_hint = "";
    symbols_answer = MEMSCAN_GONE;
    ck_assert_int_eq(memscan_resolve(target, "main", &address, &error), MEMSCAN_GONE);
    target->platform.symbols_named = NULL;
    ck_assert_int_eq(memscan_resolve(target, "game!main", &address, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_resolve(target, "main", &address, &error), MEMSCAN_NOT_FOUND);
}
END_TEST

/* ---- failures ---- */

START_TEST(what_only_adds_may_fail)
{
    memscan_view *view;
    memscan_where where = MEMSCAN_WHERE_INIT;
    memscan_error error;
    ck_assert_int_eq(memscan_view_create(target, &view, &error), MEMSCAN_OK);
    page_answer = MEMSCAN_DENIED;
    ck_assert_int_eq(memscan_view_at(view, 0x600000, MEMSCAN_WHERE_PAGE, &where, &error), MEMSCAN_OK);
    ck_assert_int_eq(where.mapped, 1);
    page_answer = MEMSCAN_GONE;
    ck_assert_int_eq(memscan_view_at(view, 0x600000, MEMSCAN_WHERE_PAGE, &where, &error), MEMSCAN_GONE);
    memscan_view_destroy(view);
    memscan_view_destroy(NULL);
}
END_TEST

START_TEST(a_target_that_ends_meanwhile)
{
    for (uint64_t nth = 1; nth <= 3; nth++) {
        memscan_view *view;
        memscan_error error;
        fake_die_at(the_fake, nth);
        memscan_status status = memscan_view_create(target, &view, &error);
        ck_assert(status == MEMSCAN_OK || (status == MEMSCAN_GONE && view == NULL));
        memscan_view_destroy(view);
        tear_down();
        set_up();
    }
}
END_TEST

/* A platform that knows none of this still tells segments. */
START_TEST(a_platform_that_tells_little)
{
    memscan_view *view;
    memscan_where where = MEMSCAN_WHERE_INIT;
    memscan_measures told = MEMSCAN_MEASURES_INIT;
    memscan_error error;
    target->platform.stacks = NULL;
    target->platform.page = NULL;
    target->platform.measures = NULL;
    target->platform.modules = NULL;
    ck_assert_int_eq(memscan_view_create(target, &view, &error), MEMSCAN_OK);
    ck_assert_int_eq(memscan_view_at(view, 0x8f8000, MEMSCAN_WHERE_PAGE | MEMSCAN_WHERE_SYMBOL, &where, &error),
                     MEMSCAN_OK);
    ck_assert_str_eq(where.what, "a stack");
    ck_assert_int_eq(where.kind, MEMSCAN_KIND_STACK);
    memscan_view_destroy(view);
    ck_assert_int_eq(memscan_measures_of(target, &told, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_uint_eq(told.resident, MEMSCAN_NOT_TOLD);
    ck_assert_uint_eq(told.page_size, PAGE);
    ck_assert_int_eq(memscan_usages(target, NULL, NULL, &error), MEMSCAN_NOT_SUPPORTED);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("seeing");
    TCase *seeing = tcase_create("seeing");
    tcase_add_checked_fixture(seeing, set_up, tear_down);
    tcase_add_test(seeing, what_an_address_is);
    tcase_add_test(seeing, neighbours_on_both_sides);
    tcase_add_test(seeing, a_shorter_answer);
    tcase_add_test(seeing, names_of_symbols);
    tcase_add_test(seeing, where_no_symbols_are_read);
    tcase_add_test(seeing, what_only_adds_may_fail);
    tcase_add_test(seeing, a_target_that_ends_meanwhile);
    tcase_add_test(seeing, a_platform_that_tells_little);
    suite_add_tcase(suite, seeing);
    return suite;
}
