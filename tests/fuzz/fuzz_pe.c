/* fuzz_pe.c - any bytes as the head of a PE image, as an entry of its debug directory and as the record behind it.
 *
 * Must hold: sections ascend, never overlap and stay within the image; the border behind an offset is the first one
 * that a plain look at every section finds; what Linux says about the same head's size is the same. */
#include "fuzz.h"

#include "platform/windows/windows_image.h"
#ifdef FUZZ_LINUX
#include "platform/linux/linux_images.h"
#endif

enum { PAGE = 4096 };

static void check_sections(const windows_image *image)
{
    uint32_t before = 0;
    FUZZ_CHECK(image->size % PAGE == 0 && image->section_count <= WINDOWS_IMAGE_SECTIONS);
    for (uint32_t i = 0; i < image->section_count; i++) {
        const windows_section *section = &image->sections[i];
        FUZZ_CHECK(section->start >= before && section->start < section->end && section->end <= image->size);
        FUZZ_CHECK(section->zero_start <= section->end);
        FUZZ_CHECK(section->start % PAGE == 0 && section->end % PAGE == 0);
        FUZZ_CHECK(ms_windows_image_section(image, section->start) == section);
        FUZZ_CHECK(ms_windows_image_section(image, section->end - 1) == section);
        before = section->end;
    }
}

static uint64_t plain_border(const windows_image *image, uint64_t offset)
{
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < image->section_count; i++) {
        uint32_t borders[3] = { image->sections[i].start, image->sections[i].zero_start, image->sections[i].end };
        for (int b = 0; b < 3; b++)
            nearest = borders[b] > offset && borders[b] < nearest ? borders[b] : nearest;
    }
    return nearest;
}

/* From border to border, as a walk over the image goes. */
static void check_walk(const windows_image *image)
{
    uint64_t at = 0;
    for (size_t steps = 0; at != UINT64_MAX; steps++) {
        uint64_t next = ms_windows_image_border(image, at);
        FUZZ_CHECK(next > at && next == plain_border(image, at) && steps <= 3 * (size_t)WINDOWS_IMAGE_SECTIONS);
        for (uint32_t protection = 0; protection < 8; protection++) {
            memscan_kind kind = ms_windows_image_kind(image, at, protection);
            FUZZ_CHECK((kind == MEMSCAN_KIND_CODE) == ((protection & MEMSCAN_PROT_EXECUTE) != 0));
        }
        at = next;
    }
}

static void check_head(const uint8_t *bytes, size_t size)
{
    windows_image image;
    uint8_t *exact = fuzz_copy(bytes, size);
    bool parsed = ms_windows_image_parse(exact, size, PAGE, &image);
    if (parsed) {
        check_sections(&image);
        check_walk(&image);
    }
#ifdef FUZZ_LINUX
    linux_image same;
    bool also = ms_linux_image_parse(exact, size, &same) && same.format == LINUX_IMAGE_PE;
    FUZZ_CHECK(parsed == also);
    FUZZ_CHECK(!parsed || same.size == image.size || same.size > UINT32_MAX); /* one rounds up, one stays below 4 GiB */
#endif
    free(exact);
}

static void check_debug(const uint8_t *bytes, size_t size)
{
    uint32_t offset, length;
    uint8_t *exact = fuzz_copy(bytes, size);
    if (ms_windows_image_debug_entry(exact, size, &offset, &length))
        FUZZ_CHECK(size >= WINDOWS_DEBUG_ENTRY && offset && length >= WINDOWS_DEBUG_HEAD);
    const uint8_t *id = ms_windows_image_build_id(exact, size);
    FUZZ_CHECK(!id || (id == exact + 4 && size >= 4 + WINDOWS_BUILD_ID));
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_head(data, size < WINDOWS_IMAGE_HEAD ? size : WINDOWS_IMAGE_HEAD);
    check_debug(data, size);
    return 0;
}
