/* linux_detail.c - what an address is, where its mapping holds more than one thing: the page in which initialised data
 * ends and bss begins, and memory of malloc's that has no name.
 *
 * What is read of the target is judged, never trusted: an image's head decides only between data and bss of the mapping
 * that is there anyway, and the headers of malloc's blocks are followed a bounded number of times, forwards only. */
#include "linux_where.h"

#include <string.h>

#include "../../libmemscan/base/bytes.h"

static bool is_bss(linux_target *target, const memscan_region *head, uint64_t address)
{
    uint8_t bytes[LINUX_IMAGE_HEAD];
    size_t length = ms_linux_peek(target, head, head->start, bytes, sizeof bytes);
    return ms_linux_image_is_zeroed(bytes, length, address - head->start);
}

/* A block that glibc's malloc mapped by itself begins with two words: how much was left free for its alignment, and its
 * size, whose lowest bits say IS_MMAPPED (malloc/malloc.c). The kernel joins neighbours: a new block lies directly below
 * the one before. */
static bool is_block(linux_target *target, const memscan_region *region, uint64_t address)
{
    enum { BLOCKS_MOST = 64, BITS = 7, IS_MMAPPED = 2 };
    uint8_t words[16];
    size_t width = target->pointer_width;
    uint64_t at = region->start, page = target->page_size;
    for (int i = 0; i < BLOCKS_MOST && at <= address; i++) {
        uint64_t left = region->size - (at - region->start);
        if (ms_linux_peek(target, region, at, words, 2 * width) != 2 * width)
            return false;
        uint64_t before = ms_load_uint(words, width, 0), size = ms_load_uint(words + width, width, 0);
        if ((size & BITS) != IS_MMAPPED || before >= page || (size - IS_MMAPPED + before) % page)
            return false;
        size += before - IS_MMAPPED;
        if (!size || size > left)
            return false;
        if (address - at < size)
            return true;
        at += size;
    }
    return false;
}

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

/* Names as glibc gives them where it decorates its mappings (glibc.mem.decorate_maps). */
static memscan_heap heap_of(const memscan_region *region)
{
    if (!strcmp(region->name, "[heap]"))
        return MEMSCAN_HEAP_BREAK;
    if (!*region->name || begins(region->name, "[anon: glibc: malloc arena"))
        return MEMSCAN_HEAP_ARENA;
    return begins(region->name, "[anon: glibc: malloc") ? MEMSCAN_HEAP_BLOCK : MEMSCAN_HEAP_UNKNOWN;
}

memscan_status ms_linux_detail(void *state, const memscan_region *region, const memscan_region *head, uint64_t address,
                               memscan_detail *detail, memscan_error *error)
{
    linux_target *target = state;
    const uint32_t plain = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE;
    if (region->kind == MEMSCAN_KIND_HEAP)
        detail->heap = heap_of(region);
    if (region->kind == MEMSCAN_KIND_DATA && head && is_bss(target, head, address))
        detail->kind = MEMSCAN_KIND_BSS;
    if (region->kind == MEMSCAN_KIND_ANON && region->protection == plain && is_block(target, region, address)) {
        detail->kind = MEMSCAN_KIND_HEAP;
        detail->heap = MEMSCAN_HEAP_BLOCK;
    }
    return ms_linux_alive(target, error);
}
