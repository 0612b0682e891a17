/* test_windows_image.c - PE heads: sections, kinds, the linker's id; and heads that lie. Runs on every system. */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#include "platform/windows/windows_image.h"

enum { PAGE = 4096, SIGNATURE = 0x80, OPTIONAL = SIGNATURE + 24, SECTION = 40 };

static uint8_t head[WINDOWS_IMAGE_HEAD];

static void put(size_t at, uint64_t value, size_t width)
{
    for (size_t i = 0; i < width; i++)
        head[at + i] = (uint8_t)(value >> 8 * i);
}

static void put_section(unsigned index, uint32_t address, uint32_t size, uint32_t in_file, uint32_t file_offset,
                        uint32_t flags)
{
    size_t at = OPTIONAL + 240 + index * SECTION;
    put(at + 8, size, 4);
    put(at + 12, address, 4);
    put(at + 16, in_file, 4);
    put(at + 20, file_offset, 4);
    put(at + 36, flags, 4);
}

/* The layout of an image with text, data (the last part of which is not in the file), constants and a plain bss. */
static void make_head(void)
{
    memset(head, 0, sizeof head);
    memcpy(head, "MZ", 2);
    put(0x3c, SIGNATURE, 4);
    memcpy(head + SIGNATURE, "PE\0\0", 4);
    put(SIGNATURE + 6, 4, 2);    /* sections */
    put(SIGNATURE + 20, 240, 2); /* the optional header's size */
    put(OPTIONAL, 0x20b, 2);
    put(OPTIONAL + 56, 0x9800, 4); /* SizeOfImage */
    put(OPTIONAL + 112 + 48, 0x7100, 4);
    put(OPTIONAL + 112 + 52, 2 * WINDOWS_DEBUG_ENTRY, 4);
    put_section(0, 0x1000, 0x1234, 0x1400, 0x400, 0x60000020);
    put_section(1, 0x3000, 0x3000, 0x800, 0x1800, 0xc0000040);
    put_section(2, 0x6000, 0x1200, 0x1200, 0x2000, 0x40000040);
    put_section(3, 0x8000, 0x1500, 0, 0, 0xd0000080); /* shared */
}

START_TEST(an_image_is_cut_where_its_sections_are)
{
    windows_image image;
    make_head();
    ck_assert(ms_windows_image_parse(head, sizeof head, PAGE, &image));
    ck_assert_uint_eq(image.size, 0xa000);
    ck_assert_uint_eq(image.debug_offset, 0x7100);
    ck_assert_uint_eq(image.debug_size, 56);
    ck_assert_uint_eq(image.section_count, 4);
    static const uint64_t borders[] = { 0x1000, 0x3000, 0x4000, 0x6000, 0x8000, 0xa000, UINT64_MAX };
    uint64_t at = 0;
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        at = ms_windows_image_border(&image, at);
        ck_assert_uint_eq(at, borders[i]);
    }
    ck_assert_ptr_null(ms_windows_image_section(&image, 0xfff));
    ck_assert_uint_eq(ms_windows_image_section(&image, 0x3000)->file_offset, 0x1800);
    ck_assert(!ms_windows_image_section(&image, 0x3000)->shared);
    ck_assert(ms_windows_image_section(&image, 0x9000)->shared);
}
END_TEST

START_TEST(a_page_is_what_its_protection_and_its_section_say)
{
    enum { R = MEMSCAN_PROT_READ, RW = R | MEMSCAN_PROT_WRITE, RX = R | MEMSCAN_PROT_EXECUTE };
    static const struct {
        uint64_t offset;
        uint32_t protection;
        memscan_kind kind;
    } cases[] = {
        { 0x0000, R, MEMSCAN_KIND_RODATA }, { 0x1000, RX, MEMSCAN_KIND_CODE }, { 0x3000, RW, MEMSCAN_KIND_DATA },
        { 0x3fff, RW, MEMSCAN_KIND_DATA },  { 0x4000, RW, MEMSCAN_KIND_BSS },  { 0x5000, RW, MEMSCAN_KIND_BSS },
        { 0x6000, R, MEMSCAN_KIND_RODATA }, { 0x6000, RW, MEMSCAN_KIND_DATA }, /* made writable at run time */
        { 0x8000, RW, MEMSCAN_KIND_BSS },   { 0x8000, RX, MEMSCAN_KIND_CODE }, { 0xff000, RW, MEMSCAN_KIND_DATA },
    };
    windows_image image;
    make_head();
    ck_assert(ms_windows_image_parse(head, sizeof head, PAGE, &image));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(ms_windows_image_kind(&image, cases[i].offset, cases[i].protection) == cases[i].kind, "case %zu",
                      i);
}
END_TEST

START_TEST(a_32_bit_head_keeps_its_directories_elsewhere)
{
    windows_image image;
    make_head();
    put(OPTIONAL, 0x10b, 2);
    put(OPTIONAL + 96 + 48, 0x1111, 4);
    put(OPTIONAL + 96 + 52, 28, 4);
    ck_assert(ms_windows_image_parse(head, sizeof head, PAGE, &image));
    ck_assert_uint_eq(image.debug_offset, 0x1111);
    ck_assert_uint_eq(image.debug_size, 28);
}
END_TEST

START_TEST(what_is_no_pe_image_is_refused)
{
    windows_image image;
    static const size_t spoiled[] = { 0, 1, 0x3c, SIGNATURE, SIGNATURE + 1, OPTIONAL };
    for (size_t i = 0; i < sizeof spoiled / sizeof spoiled[0]; i++) {
        make_head();
        head[spoiled[i]] ^= 0x55;
        ck_assert_msg(!ms_windows_image_parse(head, sizeof head, PAGE, &image), "byte %zu", spoiled[i]);
    }
    make_head();
    put(0x3c, 0xfffffff0, 4);
    ck_assert(!ms_windows_image_parse(head, sizeof head, PAGE, &image));
    for (size_t length = 0; length < OPTIONAL; length++) {
        make_head();
        ck_assert(!ms_windows_image_parse(head, length, PAGE, &image));
    }
}
END_TEST

/* Whatever the head says, what comes out is ordered, inside the image and in whole pages. */
static void check_sane(const windows_image *image, unsigned seed)
{
    uint32_t before = 0;
    ck_assert_msg(image->size % PAGE == 0, "seed %u", seed);
    ck_assert_msg(image->section_count <= WINDOWS_IMAGE_SECTIONS, "seed %u", seed);
    for (uint32_t i = 0; i < image->section_count; i++) {
        const windows_section *section = &image->sections[i];
        ck_assert_msg(section->start >= before && section->start < section->end, "seed %u", seed);
        ck_assert_msg(section->zero_start >= section->start && section->zero_start <= section->end, "seed %u", seed);
        ck_assert_msg(section->end <= image->size && section->end % PAGE == 0, "seed %u", seed);
        before = section->end;
    }
    unsigned steps = 0;
    for (uint64_t at = 0; at != UINT64_MAX; steps++) {
        uint64_t next = ms_windows_image_border(image, at);
        ck_assert_msg(next > at && steps <= 3 * WINDOWS_IMAGE_SECTIONS, "seed %u", seed);
        at = next;
    }
}

START_TEST(heads_that_lie_yield_nothing_insane)
{
    static const uint32_t bad[] = { 0, 1, 0xfff, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff };
    for (unsigned seed = 1; seed <= 20000; seed++) {
        uint32_t random = seed * 2654435761u;
        windows_image image;
        make_head();
        for (unsigned change = 0; change < 3; change++) {
            random = random * 1664525u + 1013904223u;
            size_t at = SIGNATURE + (random >> 8) % 500;
            random = random * 1664525u + 1013904223u;
            put(at, random >> 30 ? bad[(random >> 8) % 7] : random, 4);
        }
        if (ms_windows_image_parse(head, sizeof head, PAGE, &image))
            check_sane(&image, seed);
    }
}
END_TEST

START_TEST(the_linkers_id_is_found_or_refused)
{
    uint8_t entry[WINDOWS_DEBUG_ENTRY] = { 0 }, record[WINDOWS_DEBUG_HEAD + 8] = "RSDS";
    uint32_t offset = 0, size = 0;
    entry[12] = 2;
    entry[16] = 0x30;
    entry[21] = 0x71;
    ck_assert(ms_windows_image_debug_entry(entry, sizeof entry, &offset, &size));
    ck_assert_uint_eq(offset, 0x7100);
    ck_assert_uint_eq(size, 0x30);
    ck_assert(!ms_windows_image_debug_entry(entry, sizeof entry - 1, &offset, &size));
    entry[16] = WINDOWS_DEBUG_HEAD - 1;
    ck_assert(!ms_windows_image_debug_entry(entry, sizeof entry, &offset, &size));
    entry[16] = 0x30;
    entry[12] = 4;
    ck_assert(!ms_windows_image_debug_entry(entry, sizeof entry, &offset, &size));
    for (uint8_t i = 0; i < WINDOWS_BUILD_ID; i++)
        record[4 + i] = (uint8_t)(0xa0 + i);
    const uint8_t *id = ms_windows_image_build_id(record, WINDOWS_DEBUG_HEAD);
    ck_assert_ptr_nonnull(id);
    ck_assert_uint_eq(id[0], 0xa0);
    ck_assert_uint_eq(id[WINDOWS_BUILD_ID - 1], 0xb3);
    ck_assert_ptr_null(ms_windows_image_build_id(record, WINDOWS_DEBUG_HEAD - 1));
    record[0] = 'N';
    ck_assert_ptr_null(ms_windows_image_build_id(record, WINDOWS_DEBUG_HEAD));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("windows_image");
    TCase *tests = tcase_create("windows_image");
    tcase_add_test(tests, an_image_is_cut_where_its_sections_are);
    tcase_add_test(tests, a_page_is_what_its_protection_and_its_section_say);
    tcase_add_test(tests, a_32_bit_head_keeps_its_directories_elsewhere);
    tcase_add_test(tests, what_is_no_pe_image_is_refused);
    tcase_add_test(tests, heads_that_lie_yield_nothing_insane);
    tcase_add_test(tests, the_linkers_id_is_found_or_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
