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

/* A block that glibc's malloc mapped by itself begins with two words, which stand where they make its contents aligned:
 * how much was left free for that, and its size, whose lowest bits say IS_MMAPPED (malloc/malloc.c). 0: no block begins
 * at this page. */
static uint64_t block_size(linux_target *target, const memscan_region *region, uint64_t at)
{
    enum { BITS = 7, IS_MMAPPED = 2, FREE_MOST = 8 };
    uint8_t bytes[FREE_MOST + 16];
    size_t width = target->pointer_width;
    uint64_t left = region->size - (at - region->start);
    if (ms_linux_peek(target, region, at, bytes, sizeof bytes) != sizeof bytes)
        return 0;
    for (size_t free = 0; free <= FREE_MOST; free += FREE_MOST) {
        uint64_t before = ms_load_uint(bytes + free, width, 0), size = ms_load_uint(bytes + free + width, width, 0);
        uint64_t whole = (size & ~(uint64_t)BITS) + free;
        if (before == free && (size & BITS) == IS_MMAPPED && whole % target->page_size == 0 && whole <= left)
            return whole;
    }
    return 0;
}

/* The kernel joins neighbours, and a new mapping lies directly below the one before: blocks follow each other from where
 * the region begins, or begin within it behind something else. */
static bool is_block(linux_target *target, const memscan_region *region, uint64_t address)
{
    enum { BLOCKS_MOST = 64, PAGES_MOST = 1024 };
    uint64_t at = region->start, size = 1;
    for (int i = 0; i < BLOCKS_MOST && size && at <= address; i++, at += size) {
        size = block_size(target, region, at);
        if (address - at < size)
            return true;
    }
    at = address - address % target->page_size;
    for (int i = 0; i < PAGES_MOST && at >= region->start; i++, at -= target->page_size)
        if ((size = block_size(target, region, at)))
            return address - at < size;
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
    bool nameless = region->kind == MEMSCAN_KIND_ANON || region->kind == MEMSCAN_KIND_STACK;
    if (nameless && !*region->name && region->protection == plain && is_block(target, region, address)) {
        detail->kind = MEMSCAN_KIND_HEAP;
        detail->heap = MEMSCAN_HEAP_BLOCK;
    }
    return ms_linux_alive(target, error);
}
