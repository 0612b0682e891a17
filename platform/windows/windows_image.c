/* windows_image.c - PE heads (Microsoft's "PE Format").
 *
 * The invariant: a field is loaded only where it lies inside the head, and every section is cut to the image, so that
 * no head, however wrong, is read beyond its end or yields an extent that wraps. */
#include "windows_image.h"

#include <string.h>

#include "../../libmemscan/base/bytes.h"

typedef struct head_bytes {
    const uint8_t *bytes;
    size_t length;
} head_bytes;

/* 0 where the head does not reach. */
static uint32_t field(const head_bytes *head, uint64_t offset, size_t width)
{
    if (offset > head->length || head->length - offset < width)
        return 0;
    return (uint32_t)ms_load_uint(head->bytes + offset, width, 0);
}

static uint64_t rounded(uint64_t offset, uint32_t page_size)
{
    return (offset + page_size - 1) & ~(uint64_t)(page_size - 1);
}

static uint32_t cut(uint64_t offset, uint32_t size)
{
    return offset < size ? (uint32_t)offset : size;
}

/* A section header: name 8, VirtualSize, VirtualAddress, SizeOfRawData, PointerToRawData, ..., Characteristics. A
 * virtual size of 0 means the raw size. */
static void add_section(windows_image *image, const head_bytes *head, uint64_t at, uint32_t page_size)
{
    enum { IS_SHARED = 0x10000000 };
    uint32_t size = field(head, at + 8, 4), start = field(head, at + 12, 4), in_file = field(head, at + 16, 4);
    if (size == 0)
        size = in_file;
    windows_section section = {
        .start = cut(start & ~(uint64_t)(page_size - 1), image->size),
        .end = cut(rounded((uint64_t)start + size, page_size), image->size),
        .zero_start = cut(rounded((uint64_t)start + in_file, page_size), image->size),
        .file_offset = field(head, at + 20, 4),
        .shared = (field(head, at + 36, 4) & IS_SHARED) != 0,
    };
    if (section.start >= section.end ||
        (image->section_count && section.start < image->sections[image->section_count - 1].end))
        return;
    if (section.zero_start > section.end)
        section.zero_start = section.end;
    image->sections[image->section_count++] = section;
}

/* The optional header follows the signature (4) and the file header (20). The debug directory is the seventh pair;
 * the pairs begin at 96 in PE32, at 112 in PE32+. */
bool ms_windows_image_parse(const uint8_t *bytes, size_t length, uint32_t page_size, windows_image *image)
{
    enum { SECTION = 40, DEBUG_PAIR = 6 * 8 };
    head_bytes head = { bytes, length };
    uint64_t signature = field(&head, 0x3c, 4), optional = signature + 24;
    uint32_t magic = field(&head, optional, 2);
    memset(image, 0, sizeof *image);
    if (length < 64 || memcmp(bytes, "MZ", 2) || field(&head, signature, 4) != 0x00004550 ||
        (magic != 0x10b && magic != 0x20b))
        return false;
    uint32_t size = field(&head, optional + 56, 4);
    image->size = (uint32_t)(size > UINT32_MAX - page_size ? UINT32_MAX & ~(page_size - 1) : rounded(size, page_size));
    uint64_t pairs = optional + (magic == 0x20b ? 112 : 96);
    image->debug_offset = field(&head, pairs + DEBUG_PAIR, 4);
    image->debug_size = field(&head, pairs + DEBUG_PAIR + 4, 4);
    uint64_t table = optional + field(&head, signature + 20, 2);
    uint32_t count = field(&head, signature + 6, 2);
    for (uint32_t i = 0; i < count && i < WINDOWS_IMAGE_SECTIONS; i++)
        add_section(image, &head, table + (uint64_t)i * SECTION, page_size);
    return true;
}

const windows_section *ms_windows_image_section(const windows_image *image, uint64_t offset)
{
    for (uint32_t i = 0; i < image->section_count; i++)
        if (offset >= image->sections[i].start && offset < image->sections[i].end)
            return &image->sections[i];
    return NULL;
}

static void nearer(uint64_t border, uint64_t offset, uint64_t *nearest)
{
    if (border > offset && border < *nearest)
        *nearest = border;
}

uint64_t ms_windows_image_border(const windows_image *image, uint64_t offset)
{
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < image->section_count; i++) {
        nearer(image->sections[i].start, offset, &nearest);
        nearer(image->sections[i].zero_start, offset, &nearest);
        nearer(image->sections[i].end, offset, &nearest);
    }
    return nearest;
}

memscan_kind ms_windows_image_kind(const windows_image *image, uint64_t offset, uint32_t protection)
{
    if (protection & MEMSCAN_PROT_EXECUTE)
        return MEMSCAN_KIND_CODE;
    if (!(protection & MEMSCAN_PROT_WRITE))
        return MEMSCAN_KIND_RODATA;
    const windows_section *section = ms_windows_image_section(image, offset);
    return section && offset >= section->zero_start ? MEMSCAN_KIND_BSS : MEMSCAN_KIND_DATA;
}

/* An entry: characteristics 4, time 4, version 4, type 4 (2: CodeView), size 4, address 4, file offset 4. */
bool ms_windows_image_debug_entry(const uint8_t *entry, size_t length, uint32_t *offset, uint32_t *size)
{
    if (length < WINDOWS_DEBUG_ENTRY || (uint32_t)ms_load_uint(entry + 12, 4, 0) != 2)
        return false;
    *size = (uint32_t)ms_load_uint(entry + 16, 4, 0);
    *offset = (uint32_t)ms_load_uint(entry + 20, 4, 0);
    return *offset != 0 && *size >= WINDOWS_DEBUG_HEAD;
}

const uint8_t *ms_windows_image_build_id(const uint8_t *record, size_t length)
{
    return length >= WINDOWS_DEBUG_HEAD && !memcmp(record, "RSDS", 4) ? record + 4 : NULL;
}
