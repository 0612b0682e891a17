/* fuzz_elf.c - any bytes as the head of an image in a target's memory (ELF, or PE as Linux sees it), and as its
 * notes.
 *
 * Must hold: an extent is of whole pages and no larger than an image can be, notes lie within it, a build id lies
 * within the notes that it was found in; bytes that are cut shorter never tell more than fits in them. */
#include "fuzz.h"

#include "platform/linux/linux_images.h"

static void check_head(const uint8_t *bytes, size_t size)
{
    linux_image image;
    uint8_t *exact = fuzz_copy(bytes, size);
    if (ms_linux_image_parse(exact, size, &image)) {
        FUZZ_CHECK(image.format == LINUX_IMAGE_ELF || image.format == LINUX_IMAGE_PE);
        FUZZ_CHECK(image.size % 4096 == 0 && image.size <= ((uint64_t)1 << 40) + 4096);
        FUZZ_CHECK(image.notes_count <= LINUX_IMAGE_NOTES);
        for (size_t i = 0; i < image.notes_count; i++) {
            FUZZ_CHECK(image.notes[i].offset <= image.size);
            FUZZ_CHECK(image.notes[i].size <= image.size - image.notes[i].offset);
        }
    }
    free(exact);
}

static void check_notes(const uint8_t *bytes, size_t size, bool big_endian)
{
    const uint8_t *id;
    size_t id_length;
    uint8_t *exact = fuzz_copy(bytes, size);
    if (ms_linux_image_build_id(exact, size, big_endian, &id, &id_length)) {
        FUZZ_CHECK(id_length > 0 && id >= exact + 16 && id <= exact + size);
        FUZZ_CHECK(id_length <= size - (size_t)(id - exact));
        FUZZ_CHECK(memcmp(id - 4, "GNU", 4) == 0);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_head(data, size < LINUX_IMAGE_HEAD ? size : LINUX_IMAGE_HEAD);
    check_notes(data, size, false);
    check_notes(data, size, true);
    return 0;
}
