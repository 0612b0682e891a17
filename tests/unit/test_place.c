/* test_place.c - addresses as words, and words as addresses. */
#include "check_main.h"

#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"

enum { R = MEMSCAN_PROT_READ, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };

static fake_target *the_fake;
static memscan_target *target;

static uint8_t *game_bytes, *heap_bytes, *anon_bytes;

static uint8_t *map(uint64_t start, uint32_t flags, const char *name)
{
    uint8_t *bytes = fake_map(the_fake, start, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_describe(the_fake, start, flags, name);
    return bytes;
}

static void set_up(void)
{
    the_fake = fake_create();
    game_bytes = map(0x400000, MEMSCAN_REGION_FILE, "/usr/bin/game");
    map(0x401000, MEMSCAN_REGION_FILE, "/usr/bin/game");
    fake_add_module(the_fake, 0x400000, 0x2000, "/usr/bin/game");
    map(0x500000, MEMSCAN_REGION_FILE, "/opt/my game.exe");
    fake_add_module(the_fake, 0x500000, PAGE, "/opt/my game.exe");
    map(0x600000, MEMSCAN_REGION_FILE, "/lib/libfoo-2");
    fake_add_module(the_fake, 0x600000, PAGE, "/lib/libfoo-2");
    map(0x700000, MEMSCAN_REGION_FILE, "/a/twin");
    fake_add_module(the_fake, 0x700000, PAGE, "/a/twin");
    map(0x710000, MEMSCAN_REGION_FILE, "/b/twin");
    fake_add_module(the_fake, 0x710000, PAGE, "/b/twin");
    heap_bytes = map(0x800000, 0, "[heap]");
    map(0x801000, 0, "[heap]");
    anon_bytes = map(0x900000, 0, "");
    map(0xa00000, MEMSCAN_REGION_FILE, "/var/data.bin");
    map(0xb00000, 0, "[anon:glibc: malloc]");
    map(0xc00000, MEMSCAN_REGION_FILE, "/tmp/evil\033[31m");
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_destroy(the_fake);
}

START_TEST(places_and_the_way_back)
{
    static const struct {
        uint64_t address;
        const char *place;
        bool comes_back;
    } cases[] = {
        { 0x400000, "game+0x0", true },
        { 0x4001f0, "game+0x1f0", true },
        { 0x401fff, "game+0x1fff", true },
        { 0x500010, "\"my game.exe\"+0x10", true },
        { 0x600010, "\"libfoo-2\"+0x10", true },
        { 0x800010, "[heap]+0x10", true },
        { 0x801010, "[heap]+0x1010", true }, /* two regions, one heap */
        { 0x900020, "[anon]+0x20", false },
        { 0xa00003, "data.bin+0x3", true },
        { 0xb00001, "[anon:glibc: malloc]+0x1", true },
        { 0xc00001, "evil\\x1b[31m+0x1", true },
        { 0x7ffd1234, "0x7ffd1234", true },
        { 0, "0x0", true },
        { UINT64_MAX, "0xffffffffffffffff", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char place[MEMSCAN_PLACE_MAX];
        uint64_t address = 1;
        memscan_error error = { .text = "" };
        memscan_place(target, cases[i].address, place, sizeof place);
        ck_assert_str_eq(place, cases[i].place);
        memscan_status status = memscan_resolve(target, place, &address, &error);
        ck_assert_msg(status == (cases[i].comes_back ? MEMSCAN_OK : MEMSCAN_NOT_FOUND), "%s: %s", place, error.text);
        ck_assert_uint_eq(address, cases[i].comes_back ? cases[i].address : 0);
    }
}
END_TEST

START_TEST(a_place_never_overflows)
{
    static char name[600] = "/x/";
    memset(name + 3, 'n', sizeof name - 4);
    map(0xd00000, MEMSCAN_REGION_FILE, name);
    char place[256];
    for (size_t capacity = 0; capacity <= 200; capacity++) {
        memset(place, '#', sizeof place);
        memscan_place(target, 0xd00fff, place, capacity);
        for (size_t i = capacity; i < sizeof place; i++)
            ck_assert_int_eq(place[i], '#');
        if (capacity)
            ck_assert_uint_lt(strlen(place), capacity);
    }
    memscan_place(target, 0xd00fff, place, MEMSCAN_PLACE_MAX);
    ck_assert_str_eq(place + strlen(place) - 9, "...+0xfff");
}
END_TEST

START_TEST(addresses_people_write)
{
    static const struct {
        const char *text;
        memscan_status status;
        uint64_t address;
    } cases[] = {
        { "0x1234", MEMSCAN_OK, 0x1234 },
        { "1234", MEMSCAN_OK, 1234 },
        { "0x1000+8", MEMSCAN_OK, 0x1008 },
        { "0x1000-0x8", MEMSCAN_OK, 0xff8 },
        { "game", MEMSCAN_OK, 0x400000 },
        { "game+0x1234", MEMSCAN_OK, 0x401234 },
        { "game-8", MEMSCAN_OK, 0x3ffff8 },
        { "/usr/bin/game+16", MEMSCAN_OK, 0x400010 },
        { "my game.exe+1", MEMSCAN_OK, 0x500001 },
        { "\"my game.exe\"", MEMSCAN_OK, 0x500000 },
        { "libfoo-2", MEMSCAN_OK, 0x600000 },
        { "libfoo-2-2", MEMSCAN_OK, 0x5ffffe },
        { "[heap]", MEMSCAN_OK, 0x800000 },
        { "[anon:glibc: malloc]+1", MEMSCAN_OK, 0xb00001 },
        { "/b/twin+1", MEMSCAN_OK, 0x710001 },
        { "twin", MEMSCAN_AMBIGUOUS, 0 },
        { "[stack]", MEMSCAN_NOT_FOUND, 0 },
        { "nothing", MEMSCAN_NOT_FOUND, 0 },
        { "nothing+1", MEMSCAN_NOT_FOUND, 0 },
        { "", MEMSCAN_INVALID, 0 },
        { "0xffffffffffffffff+1", MEMSCAN_INVALID, 0 },
        { "0x10-0x11", MEMSCAN_INVALID, 0 },
        { "0x10000000000000000", MEMSCAN_NOT_FOUND, 0 },
        { "[0x1000]", MEMSCAN_UNREADABLE, 0 },
        { "[nothing+8]", MEMSCAN_NOT_FOUND, 0 },
        { "[]", MEMSCAN_INVALID, 0 },
        { "[[heap]+8", MEMSCAN_NOT_FOUND, 0 },
        { "game!main", MEMSCAN_NOT_SUPPORTED, 0 },
        { "@3", MEMSCAN_NOT_SUPPORTED, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t address = 1;
        memscan_error error = { .text = "" };
        memscan_status status = memscan_resolve(target, cases[i].text, &address, &error);
        ck_assert_msg(status == cases[i].status, "%s: %d %s", cases[i].text, status, error.text);
        ck_assert_uint_eq(address, cases[i].address);
        ck_assert(status == MEMSCAN_OK || *error.text);
    }
}
END_TEST

START_TEST(pointers_are_followed)
{
    uint64_t address;
    memscan_error error;
    uint64_t first = 0x800100, second = 0x900200, wild = 0xdeadbeef000;
    memcpy(game_bytes + 0x10, &first, sizeof first);
    memcpy(heap_bytes + 0x108, &second, sizeof second);
    memcpy(anon_bytes + 0x208, &wild, sizeof wild);
    ck_assert_int_eq(memscan_resolve(target, "[game+0x10]", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, first);
    ck_assert_int_eq(memscan_resolve(target, "[0x400010]+0x20", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, first + 0x20);
    ck_assert_int_eq(memscan_resolve(target, "[[game+0x10]+0x8]+0x20", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, second + 0x20);
    ck_assert_int_eq(memscan_resolve(target, "[[\"game\"+0x10]+8]-16", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, second - 16);
    ck_assert_int_eq(memscan_resolve(target, "[[heap]+0x108]", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, second);
    ck_assert_int_eq(memscan_resolve(target, "[[[[game+0x10]+8]+8]+4]", &address, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, wild + 4);
    char deep[512];
    memset(deep, '[', 200);
    memcpy(deep + 200, "game", 4);
    memset(deep + 204, ']', 200);
    deep[404] = '\0';
    ck_assert_int_eq(memscan_resolve(target, deep, &address, NULL), MEMSCAN_LIMIT);
    for (size_t depth = 64; depth <= 65; depth++) { /* as deep as may be, and one more */
        memset(deep, '[', depth);
        memcpy(deep + depth, "nowhere", 7);
        memset(deep + depth + 7, ']', depth);
        deep[2 * depth + 7] = '\0';
        ck_assert_int_eq(memscan_resolve(target, deep, &address, NULL),
                         depth == 64 ? MEMSCAN_NOT_FOUND : MEMSCAN_LIMIT);
    }
}
END_TEST

START_TEST(pointers_have_the_width_and_order_of_the_target)
{
    fake_target *narrow = fake_create();
    memscan_target *opened;
    uint64_t address;
    fake_set(narrow)->layout = (memscan_layout){ 4, 1 };
    memcpy(fake_map(narrow, 0x1000, PAGE, RW, MEMSCAN_KIND_ANON) + 0x10, "\x12\x34\x56\x78\xff", 5);
    ck_assert_int_eq(fake_open(narrow, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_resolve(opened, "[0x1010]+1", &address, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(address, 0x12345679);
    memscan_close(opened);
    fake_destroy(narrow);
}
END_TEST

START_TEST(addresses_beyond_32_bits)
{
    fake_target *narrow = fake_create();
    memscan_target *opened;
    uint64_t address;
    fake_set(narrow)->layout.pointer_width = 4;
    ck_assert_int_eq(fake_open(narrow, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_resolve(opened, "0xffffffff", &address, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_resolve(opened, "0x100000000", &address, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_resolve(opened, "0xffffffff+1", &address, NULL), MEMSCAN_INVALID);
    memscan_close(opened);
    fake_destroy(narrow);
}
END_TEST

START_TEST(a_map_that_changed_is_looked_at_again)
{
    char place[MEMSCAN_PLACE_MAX];
    memscan_region region;
    memscan_place(target, 0xe00000, place, sizeof place);
    ck_assert_str_eq(place, "0xe00000");
    map(0xe00000, 0, "[new]");
    memscan_place(target, 0xe00001, place, sizeof place);
    ck_assert_str_eq(place, "[new]+0x1");
    ck_assert_int_eq(memscan_region_at(target, 0xe00fff, &region, NULL), MEMSCAN_OK);
    ck_assert_str_eq(region.name, "[new]");
    ck_assert_int_eq(memscan_region_at(target, 0xe01000, &region, NULL), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(region.size, 0);
}
END_TEST

/* Modules over one region and within one another, the last one longer than there are addresses. */
static void map_whole(void)
{
    fake_map(the_fake, 0xf00000, 8 * PAGE, RW, MEMSCAN_KIND_ANON);
    fake_describe(the_fake, 0xf00000, MEMSCAN_REGION_FILE, "/lib/whole.so");
    fake_add_module(the_fake, 0xf00000, 6 * PAGE, "/lib/outer");
    fake_add_module(the_fake, 0xf02000, PAGE, "/lib/inner");
    fake_add_module(the_fake, 0xf07000, UINT64_MAX, "/lib/last");
}

/* Each address has its own name, whichever was asked for before it. */
START_TEST(a_name_ends_where_another_begins)
{
    static const struct {
        uint64_t address;
        const char *place;
    } cases[] = {
        { 0xeff000, "[below]+0x0" },     { 0xefffff, "[below]+0xfff" }, { 0xf00000, "outer+0x0" },
        { 0xf01fff, "outer+0x1fff" },    { 0xf02000, "inner+0x0" },     { 0xf02fff, "inner+0xfff" },
        { 0xf03000, "outer+0x3000" },    { 0xf05fff, "outer+0x5fff" },  { 0xf06000, "whole.so+0x6000" },
        { 0xf06fff, "whole.so+0x6fff" }, { 0xf07000, "last+0x0" },      { 0xf07fff, "last+0xfff" },
        { 0xf08000, "0xf08000" },
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    map(0xeff000, 0, "[below]");
    map_whole();
    for (size_t i = 0; i < CASES * CASES; i++) {
        char before[MEMSCAN_PLACE_MAX], place[MEMSCAN_PLACE_MAX];
        memscan_place(target, cases[i / CASES].address, before, sizeof before);
        ck_assert_str_eq(before, cases[i / CASES].place);
        memscan_place(target, cases[i % CASES].address, place, sizeof place);
        ck_assert_str_eq(place, cases[i % CASES].place);
    }
}
END_TEST

START_TEST(a_name_is_forgotten_with_its_map)
{
    char place[MEMSCAN_PLACE_MAX];
    memscan_place(target, 0x900020, place, sizeof place);
    ck_assert_str_eq(place, "[anon]+0x20");
    fake_describe(the_fake, 0x900000, 0, "[named]");
    memscan_place(target, 0x12345000, place, sizeof place); /* nothing is there, so the map is taken anew */
    memscan_place(target, 0x900020, place, sizeof place);
    ck_assert_str_eq(place, "[named]+0x20");
}
END_TEST

START_TEST(a_name_without_modules_is_given_once)
{
    char place[MEMSCAN_PLACE_MAX];
    map_whole();
    fake_fail_at(the_fake, 2, MEMSCAN_OS); /* the regions, then the modules */
    memscan_place(target, 0xf00010, place, sizeof place);
    ck_assert_str_eq(place, "whole.so+0x10");
    memscan_place(target, 0xf00010, place, sizeof place);
    ck_assert_str_eq(place, "outer+0x10");
}
END_TEST

/* What found little room is no name for who brings more. */
START_TEST(a_name_cut_for_one_is_whole_for_the_next)
{
    char place[MEMSCAN_PLACE_MAX];
    memscan_place(target, 0x500010, place, 30);
    ck_assert_str_eq(place, "\"my...\"+0x10");
    memscan_place(target, 0x500011, place, sizeof place);
    ck_assert_str_eq(place, "\"my game.exe\"+0x11");
    memscan_place(target, 0x500012, place, 30);
    ck_assert_str_eq(place, "\"my...\"+0x12");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("place");
    TCase *tests = tcase_create("place");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, places_and_the_way_back);
    tcase_add_test(tests, a_place_never_overflows);
    tcase_add_test(tests, addresses_people_write);
    tcase_add_test(tests, pointers_are_followed);
    tcase_add_test(tests, pointers_have_the_width_and_order_of_the_target);
    tcase_add_test(tests, addresses_beyond_32_bits);
    tcase_add_test(tests, a_map_that_changed_is_looked_at_again);
    tcase_add_test(tests, a_name_ends_where_another_begins);
    tcase_add_test(tests, a_name_is_forgotten_with_its_map);
    tcase_add_test(tests, a_name_without_modules_is_given_once);
    tcase_add_test(tests, a_name_cut_for_one_is_whole_for_the_next);
    suite_add_tcase(suite, tests);
    return suite;
}
