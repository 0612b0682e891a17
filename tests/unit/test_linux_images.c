/* test_linux_images.c - heads of ELF and PE images: real ones, and every kind of wrong one. */
#define _GNU_SOURCE
#include "check_main.h"

#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/bytes.h"
#include "platform/linux/linux_images.h"

/* The program that runs this test: the loader's own account is the truth. */
static int extent_of_first(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    uint64_t *extent = context;
    uint64_t lowest = UINT64_MAX, end = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        lowest = segment->p_vaddr < lowest ? segment->p_vaddr : lowest;
        end = segment->p_vaddr + segment->p_memsz > end ? segment->p_vaddr + segment->p_memsz : end;
    }
    extent[0] = info->dlpi_addr + (lowest & ~(uint64_t)4095);
    extent[1] = (end - (lowest & ~(uint64_t)4095) + 4095) & ~(uint64_t)4095;
    return 1;
}

START_TEST(our_own_head)
{
    uint64_t extent[2];
    dl_iterate_phdr(extent_of_first, extent);
    linux_image image;
    const uint8_t *base = (const uint8_t *)(uintptr_t)extent[0];
    ck_assert(ms_linux_image_parse(base, LINUX_IMAGE_HEAD, &image));
    ck_assert_int_eq(image.format, LINUX_IMAGE_ELF);
    ck_assert_uint_eq(image.size, extent[1]);
}
END_TEST

static void make_pe(uint8_t *head, uint32_t signature_at, uint16_t magic, uint32_t size)
{
    memset(head, 0, LINUX_IMAGE_HEAD);
    memcpy(head, "MZ", 2);
    ms_store_uint(head + 0x3c, signature_at, 4, 0);
    memcpy(head + signature_at, "PE\0\0", 4);
    ms_store_uint(head + signature_at + 24, magic, 2, 0);
    ms_store_uint(head + signature_at + 80, size, 4, 0);
}

START_TEST(pe_heads)
{
    uint8_t head[LINUX_IMAGE_HEAD];
    linux_image image;
    make_pe(head, 0x80, 0x20b, 0x12345);
    ck_assert(ms_linux_image_parse(head, sizeof head, &image));
    ck_assert_int_eq(image.format, LINUX_IMAGE_PE);
    ck_assert_uint_eq(image.size, 0x13000);
    make_pe(head, 0xf8, 0x10b, 0xffffffff);
    ck_assert(ms_linux_image_parse(head, sizeof head, &image));
    ck_assert_uint_eq(image.size, 0x100000000);
    make_pe(head, 0xf8, 0x107, 4096);
    ck_assert(!ms_linux_image_parse(head, sizeof head, &image));
    make_pe(head, 0xf8, 0x20b, 4096);
    ms_store_uint(head + 0x3c, 0xfffffff0, 4, 0);
    ck_assert(!ms_linux_image_parse(head, sizeof head, &image));
    ck_assert(!ms_linux_image_parse((const uint8_t *)"MZ", 2, &image));
    ck_assert(!ms_linux_image_parse(head, 0, &image));
}
END_TEST

/* One loaded segment and one note in a file of either class and byte order. */
static void make_elf(uint8_t *head, bool wide, bool big, uint64_t address, uint64_t size, uint64_t note,
                     uint64_t note_size)
{
    memset(head, 0, LINUX_IMAGE_HEAD);
    memcpy(head, "\177ELF", 4);
    head[4] = wide ? 2 : 1;
    head[5] = big ? 2 : 1;
    size_t table = wide ? 64 : 52, entry = wide ? 56 : 32, word = wide ? 8 : 4;
    ms_store_uint(head + (wide ? 32 : 28), table, word, big);
    ms_store_uint(head + (wide ? 54 : 42), entry, 2, big);
    ms_store_uint(head + (wide ? 56 : 44), 2, 2, big);
    uint64_t fields[2][3] = { { 1, address, size }, { 4, note, note_size } };
    for (size_t i = 0; i < 2; i++) {
        uint8_t *at = head + table + i * entry;
        ms_store_uint(at, fields[i][0], 4, big);
        ms_store_uint(at + (wide ? 16 : 8), fields[i][1], word, big);
        ms_store_uint(at + (wide ? 40 : 20), fields[i][2], word, big);
    }
}

START_TEST(elf_heads_of_every_class_and_order)
{
    for (int form = 0; form < 4; form++) {
        uint8_t head[LINUX_IMAGE_HEAD];
        linux_image image;
        make_elf(head, form & 1, form & 2, 0x10040, 0x2f00, 0x11000, 0x24);
        ck_assert(ms_linux_image_parse(head, sizeof head, &image));
        ck_assert_uint_eq(image.size, 0x3000);
        ck_assert_uint_eq(image.notes_count, 1);
        ck_assert_uint_eq(image.notes[0].offset, 0x1000);
        ck_assert_uint_eq(image.notes[0].size, 0x24);
    }
}
END_TEST

START_TEST(wrong_elf_heads_tell_nothing)
{
    uint8_t head[LINUX_IMAGE_HEAD];
    linux_image image;
    make_elf(head, true, false, UINT64_MAX - 100, 4096, 0, 0);
    ck_assert(ms_linux_image_parse(head, sizeof head, &image));
    ck_assert_uint_eq(image.size, 0);
    make_elf(head, true, false, 0, UINT64_MAX, 0, 0);
    ms_linux_image_parse(head, sizeof head, &image);
    ck_assert_uint_eq(image.size, 0);
    make_elf(head, true, false, 0, 0x3000, 0x2fff, 2);
    ms_linux_image_parse(head, sizeof head, &image);
    ck_assert_uint_eq(image.size, 0x3000);
    ck_assert_uint_eq(image.notes_count, 0);
    make_elf(head, true, false, 0, 0x3000, 0x1000, UINT64_MAX);
    ms_linux_image_parse(head, sizeof head, &image);
    ck_assert_uint_eq(image.notes_count, 0);
    make_elf(head, true, false, 0, 0x3000, 0, 0);
    ms_store_uint(head + 32, UINT64_MAX - 8, 8, 0); /* the table of segments far away */
    ms_linux_image_parse(head, sizeof head, &image);
    ck_assert_uint_eq(image.size, 0);
}
END_TEST

/* 0x2f00 bytes at 0x10040, of which the file holds 0x1000: the base is 0x10000. */
START_TEST(where_a_file_ends_bss_begins)
{
    for (int form = 0; form < 4; form++) {
        uint8_t head[LINUX_IMAGE_HEAD];
        bool wide = form & 1, big = form & 2;
        make_elf(head, wide, big, 0x10040, 0x2f00, 0x11000, 0x24);
        ms_store_uint(head + (wide ? 64 + 32 : 52 + 16), 0x1000, wide ? 8 : 4, big);
        ck_assert(!ms_linux_image_is_zeroed(head, sizeof head, 0x103f));
        ck_assert(ms_linux_image_is_zeroed(head, sizeof head, 0x1040));
        ck_assert(ms_linux_image_is_zeroed(head, sizeof head, 0x2f3f));
        ck_assert(!ms_linux_image_is_zeroed(head, sizeof head, 0x2f40));
        ck_assert(!ms_linux_image_is_zeroed(head, sizeof head, UINT64_MAX));
    }
    /* A section of 0x3000 bytes at 0x5000, of which the file holds 0x200. */
    uint8_t head[LINUX_IMAGE_HEAD];
    make_pe(head, 0x80, 0x20b, 0x9000);
    uint8_t *section = head + 0x80 + 24 + 0xf0;
    ms_store_uint(head + 0x80 + 6, 1, 2, 0);
    ms_store_uint(head + 0x80 + 20, 0xf0, 2, 0);
    ms_store_uint(section + 8, 0x3000, 4, 0);
    ms_store_uint(section + 12, 0x5000, 4, 0);
    ms_store_uint(section + 16, 0x200, 4, 0);
    ck_assert(!ms_linux_image_is_zeroed(head, sizeof head, 0x51ff));
    ck_assert(ms_linux_image_is_zeroed(head, sizeof head, 0x5200));
    ck_assert(!ms_linux_image_is_zeroed(head, sizeof head, 0x8000));
    ck_assert(!ms_linux_image_is_zeroed(head, 40, 0x5200));
    ck_assert(!ms_linux_image_is_zeroed((const uint8_t *)"no image", 8, 0));
}
END_TEST

/* Good heads with noise thrown in, cut anywhere, in exact allocations: the address sanitizer sees a step too far. */
START_TEST(noise_is_survived)
{
    srand(22);
    for (int round = 0; round < 20000; round++) {
        uint8_t head[LINUX_IMAGE_HEAD];
        if (round % 2)
            make_elf(head, rand() % 2, rand() % 2, 0, 0x3000, 0x1000, 0x24);
        else
            make_pe(head, 0x40 + (uint32_t)rand() % 200, 0x20b, 4096);
        for (int i = 0; i < 4; i++)
            head[rand() % 180] = (uint8_t)rand();
        size_t length = (size_t)rand() % 300;
        uint8_t *exact = malloc(length ? length : 1);
        memcpy(exact, head, length);
        linux_image image;
        if (ms_linux_image_parse(exact, length, &image))
            ck_assert_uint_le(image.size, (uint64_t)1 << 41);
        ms_linux_image_is_zeroed(exact, length, (uint64_t)rand() << (rand() % 40));
        const uint8_t *id;
        size_t id_length;
        if (ms_linux_image_build_id(exact, length, rand() % 2, &id, &id_length))
            ck_assert(id >= exact && id_length <= length && id + id_length <= exact + length);
        free(exact);
    }
}
END_TEST

START_TEST(build_ids)
{
    static const uint8_t notes[] = {
        4, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 'G', 'N', 'U', 0, 'x', 'y', 'z', 0, /* ABI tag */
        4, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0, 1,   2,   3,   4, 0xff, 0, 0, 0
    };
    const uint8_t *id = NULL;
    size_t length = 0;
    ck_assert(ms_linux_image_build_id(notes, sizeof notes, false, &id, &length));
    ck_assert_uint_eq(length, 5);
    ck_assert_uint_eq(id[4], 0xff);
    ck_assert(!ms_linux_image_build_id(notes, 20, false, &id, &length));
    ck_assert(!ms_linux_image_build_id(notes, sizeof notes, true, &id, &length));
    for (size_t cut = 0; cut < 41; cut++)
        ck_assert(!ms_linux_image_build_id(notes, cut, false, &id, &length));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_images");
    TCase *heads = tcase_create("heads");
    tcase_add_test(heads, our_own_head);
    tcase_add_test(heads, pe_heads);
    tcase_add_test(heads, elf_heads_of_every_class_and_order);
    tcase_add_test(heads, wrong_elf_heads_tell_nothing);
    tcase_add_test(heads, where_a_file_ends_bss_begins);
    tcase_add_test(heads, noise_is_survived);
    tcase_add_test(heads, build_ids);
    suite_add_tcase(suite, heads);
    return suite;
}
