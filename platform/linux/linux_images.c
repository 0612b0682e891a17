/* linux_images.c - ELF and PE heads (elf(5); Microsoft's "PE Format").
 *
 * The invariant: a field is loaded only where `offset + width <= length`, and every sum is checked before it is
 * made, so that no head, however wrong, is read beyond its end or yields an extent that wraps. */
#include "linux_images.h"

#include <string.h>

#include "../../libmemscan/base/bytes.h"

typedef struct head_bytes {
    const uint8_t *bytes;
    size_t length;
    bool big_endian;
    bool wide; /* ELF64 */
} head_bytes;

#define IMAGE_MOST ((uint64_t)1 << 40) /* no image is larger */

/* 0 where the head does not reach. */
static uint64_t field(const head_bytes *head, uint64_t offset, size_t width)
{
    if (offset > head->length || head->length - offset < width)
        return 0;
    return ms_load_uint(head->bytes + offset, width, head->big_endian);
}

/* A field whose place and width depend on the ELF class. */
static uint64_t class_field(const head_bytes *head, uint64_t base, uint32_t offset32, uint32_t offset64)
{
    return head->wide ? field(head, base + offset64, 8) : field(head, base + offset32, 4);
}

enum { PT_LOAD_SEGMENT = 1, PT_NOTE_SEGMENT = 4, SEGMENTS_MOST = 64, PAGE = 4096 };

typedef struct image_extent {
    uint64_t lowest, end;
} image_extent;

static void widen(const head_bytes *head, uint64_t at, image_extent *extent)
{
    uint64_t address = class_field(head, at, 8, 16);
    uint64_t size = class_field(head, at, 20, 40);
    if (size > IMAGE_MOST || address > UINT64_MAX - IMAGE_MOST)
        return;
    uint64_t lowest = address & ~(uint64_t)(PAGE - 1);
    if (lowest < extent->lowest)
        extent->lowest = lowest;
    if (address + size > extent->end)
        extent->end = address + size;
}

static void add_notes(const head_bytes *head, uint64_t at, linux_image *image)
{
    if (image->notes_count < LINUX_IMAGE_NOTES)
        image->notes[image->notes_count++] =
            (linux_image_notes){ class_field(head, at, 8, 16), class_field(head, at, 20, 40) };
}

/* Addresses become offsets from the base; notes beyond the image's extent are forgotten. */
static void settle(linux_image *image, const image_extent *loaded)
{
    size_t kept = 0;
    if (loaded->lowest < loaded->end && loaded->end - loaded->lowest <= IMAGE_MOST)
        image->size = (loaded->end - loaded->lowest + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    for (size_t i = 0; i < image->notes_count; i++) {
        linux_image_notes notes = { image->notes[i].offset - loaded->lowest, image->notes[i].size };
        if (image->notes[i].offset >= loaded->lowest && notes.offset <= image->size &&
            notes.size <= image->size - notes.offset)
            image->notes[kept++] = notes;
    }
    image->notes_count = kept;
}

static void parse_segments(const head_bytes *head, linux_image *image)
{
    uint64_t table = class_field(head, 0, 28, 32);
    uint64_t entry = field(head, head->wide ? 54 : 42, 2), count = field(head, head->wide ? 56 : 44, 2);
    image_extent loaded = { UINT64_MAX, 0 };
    if (table >= head->length || entry < (head->wide ? 56u : 32u))
        return;
    for (uint64_t i = 0; i < count && i < SEGMENTS_MOST; i++) {
        uint64_t at = table + i * entry, type = field(head, at, 4);
        if (type == PT_LOAD_SEGMENT)
            widen(head, at, &loaded);
        if (type == PT_NOTE_SEGMENT)
            add_notes(head, at, image);
    }
    settle(image, &loaded);
}

static bool parse_elf(const uint8_t *bytes, size_t length, linux_image *image)
{
    if (length < 52 || memcmp(bytes, "\177ELF", 4) || bytes[4] < 1 || bytes[4] > 2 || bytes[5] < 1 || bytes[5] > 2)
        return false;
    head_bytes head = { bytes, length, bytes[5] == 2, bytes[4] == 2 };
    image->format = LINUX_IMAGE_ELF;
    image->big_endian = head.big_endian;
    parse_segments(&head, image);
    return true;
}

/* SizeOfImage stands 56 bytes into the optional header, in PE32 and in PE32+. */
static bool parse_pe(const uint8_t *bytes, size_t length, linux_image *image)
{
    head_bytes head = { bytes, length, false, false };
    uint64_t signature = field(&head, 0x3c, 4);
    uint64_t magic = field(&head, signature + 24, 2);
    if (length < 64 || memcmp(bytes, "MZ", 2) || field(&head, signature, 4) != 0x00004550 ||
        (magic != 0x10b && magic != 0x20b))
        return false;
    image->format = LINUX_IMAGE_PE;
    image->size = (field(&head, signature + 24 + 56, 4) + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    return true;
}

bool ms_linux_image_parse(const uint8_t *head, size_t length, linux_image *image)
{
    *image = (linux_image){ 0 };
    return parse_elf(head, length, image) || parse_pe(head, length, image);
}

static uint64_t padded(uint64_t size)
{
    return (size + 3) & ~(uint64_t)3;
}

bool ms_linux_image_build_id(const uint8_t *notes, size_t length, bool big_endian, const uint8_t **id,
                             size_t *id_length)
{
    enum { NOTE_HEAD = 12, NT_GNU_BUILD_ID_TYPE = 3 };
    for (size_t at = 0; length - at >= NOTE_HEAD;) {
        uint64_t name_size = ms_load_uint(notes + at, 4, big_endian);
        uint64_t id_size = ms_load_uint(notes + at + 4, 4, big_endian);
        uint64_t type = ms_load_uint(notes + at + 8, 4, big_endian);
        uint64_t id_at = at + NOTE_HEAD + padded(name_size);
        if (id_at > length || id_size > length - id_at)
            return false;
        if (type == NT_GNU_BUILD_ID_TYPE && id_size && name_size == 4 && !memcmp(notes + at + NOTE_HEAD, "GNU", 4)) {
            *id = notes + id_at;
            *id_length = (size_t)id_size;
            return true;
        }
        uint64_t next = id_at + padded(id_size);
        if (next > length)
            return false;
        at = (size_t)next;
    }
    return false;
}

/* ---- what begins as zero ---- */

/* One stretch of an image: where it lies from the base, how much of it the file holds. */
static bool is_behind_file(uint64_t start, uint64_t in_file, uint64_t in_memory, uint64_t offset)
{
    return offset >= start && offset - start >= in_file && offset - start < in_memory;
}

static bool is_zeroed_elf(const head_bytes *head, uint64_t offset)
{
    uint64_t table = class_field(head, 0, 28, 32);
    uint64_t entry = field(head, head->wide ? 54 : 42, 2), count = field(head, head->wide ? 56 : 44, 2);
    image_extent loaded = { UINT64_MAX, 0 };
    if (table >= head->length || entry < (head->wide ? 56u : 32u))
        return false;
    for (int pass = 0; pass < 2; pass++)
        for (uint64_t i = 0; i < count && i < SEGMENTS_MOST; i++) {
            uint64_t at = table + i * entry;
            if (field(head, at, 4) != PT_LOAD_SEGMENT)
                continue;
            if (pass == 0)
                widen(head, at, &loaded);
            else if (is_behind_file(class_field(head, at, 8, 16) - loaded.lowest, class_field(head, at, 16, 32),
                                    class_field(head, at, 20, 40), offset))
                return true;
        }
    return false;
}

enum { PE_SECTION = 40, PE_SECTIONS_MOST = 96 };

static bool is_zeroed_pe(const head_bytes *head, uint64_t offset)
{
    uint64_t signature = field(head, 0x3c, 4), count = field(head, signature + 6, 2);
    uint64_t table = signature + 24 + field(head, signature + 20, 2);
    for (uint64_t i = 0; i < count && i < PE_SECTIONS_MOST; i++) {
        uint64_t at = table + i * PE_SECTION;
        if (is_behind_file(field(head, at + 12, 4), field(head, at + 16, 4), field(head, at + 8, 4), offset))
            return true;
    }
    return false;
}

bool ms_linux_image_is_zeroed(const uint8_t *head, size_t length, uint64_t offset)
{
    linux_image image;
    if (!ms_linux_image_parse(head, length, &image))
        return false;
    bool elf = image.format == LINUX_IMAGE_ELF;
    head_bytes bytes = { head, length, elf && head[5] == 2, elf && head[4] == 2 };
    return elf ? is_zeroed_elf(&bytes, offset) : is_zeroed_pe(&bytes, offset);
}
