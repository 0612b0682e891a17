/* windows_image.h - what the head of a PE image in memory says: its extent, its sections, where its debug record is.
 * They are another process's bytes: nothing in them is believed beyond what is checked here. Names no system. */
#ifndef MS_WINDOWS_IMAGE_H
#define MS_WINDOWS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <memscan/target.h>

enum { WINDOWS_IMAGE_HEAD = 4096, WINDOWS_IMAGE_SECTIONS = 96 }; /* the loader takes 96 sections at most */

/* All offsets are from the image's base, and rounded to whole pages. */
typedef struct windows_section {
    uint32_t start, end;
    uint32_t zero_start; /* from here to `end` the file has nothing: it begins as zero */
    uint32_t file_offset;
    bool shared; /* between all processes that load it */
} windows_section;

typedef struct windows_image {
    uint32_t size;
    uint32_t debug_offset, debug_size; /* the debug directory; size 0: none */
    uint32_t section_count;
    windows_section sections[WINDOWS_IMAGE_SECTIONS];
} windows_image;

/* False: not the head of a PE image. Sections beyond the image are left out. */
bool ms_windows_image_parse(const uint8_t *head, size_t length, uint32_t page_size, windows_image *image);

/* The section that holds `offset`, or NULL (the head, and gaps). */
const windows_section *ms_windows_image_section(const windows_image *image, uint64_t offset);
/* The first offset beyond `offset` where a section begins, ends, or begins to be zero; UINT64_MAX: none. */
uint64_t ms_windows_image_border(const windows_image *image, uint64_t offset);
/* What the page at `offset` is for, given the protection it has. */
memscan_kind ms_windows_image_kind(const windows_image *image, uint64_t offset, uint32_t protection);

/* A debug directory entry that says where the linker's id is ("RSDS": 16 bytes GUID, 4 bytes age). Offset and size of
 * that record, or false. */
bool ms_windows_image_debug_entry(const uint8_t *entry, size_t length, uint32_t *offset, uint32_t *size);
enum { WINDOWS_DEBUG_ENTRY = 28, WINDOWS_DEBUG_HEAD = 24, WINDOWS_BUILD_ID = 20 };
/* The id in that record's first WINDOWS_DEBUG_HEAD bytes, or NULL. */
const uint8_t *ms_windows_image_build_id(const uint8_t *record, size_t length);

#endif
