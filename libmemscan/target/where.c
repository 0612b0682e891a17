/* where.c - what an address is. Decided in this order, each step by what the ones before found: the region that holds it,
 * what the platform knows beyond the region's kind, the page, whose stack it is, what an access would do, and the words
 * for all of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/glibc_arena.h"
#include "place.h"
#include "view.h"

/* The gap below a stack that grows is the system's to give; beyond this, the usual limit of a stack, it gives none. */
#define GROWTH_MOST (UINT64_C(8) << 20)

static bool touches(const memscan_region *below, const memscan_region *above)
{
    return ms_region_last(below) + 1 == above->start;
}

MS_PRINTF(3, 4)
static void say(char *out, size_t capacity, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, capacity, format, arguments);
    va_end(arguments);
}

#define SAY(field, ...) say(field, sizeof(field), __VA_ARGS__)

/* ---- the region and its neighbours ---- */

static void find_regions(const memscan_view *view, memscan_where *where)
{
    size_t count = ms_region_map_count(view->map), at = ms_region_map_seek(view->map, where->address);
    where->mapped = at < count && ms_region_map_at(view->map, at)->start <= where->address;
    size_t above = at + where->mapped;
    if (where->mapped) {
        where->region = *ms_region_map_at(view->map, at);
        where->kind = where->region.kind;
    }
    where->has_below = at > 0;
    where->has_above = above < count;
    if (where->has_below)
        where->below = *ms_region_map_at(view->map, at - 1);
    if (where->has_above)
        where->above = *ms_region_map_at(view->map, above);
}

/* ---- what the platform adds ---- */

static memscan_status ask_symbol(const memscan_view *view, const memscan_module *module, const memscan_region *head,
                                 memscan_where *where, memscan_error *error)
{
    const memscan_platform *platform = &view->target->platform;
    memscan_error why = { .status = MEMSCAN_OK };
    memscan_status status =
        platform->symbol_at
            ? platform->symbol_at(view->target->state, module, head, where->address, &where->symbol, &why)
            : ms_fail(&why, MEMSCAN_NOT_SUPPORTED, "on this system no symbols are read");
    if (status) {
        where->symbol = (memscan_symbol){ 0 };
        say(where->symbol_reason, sizeof where->symbol_reason, "%s", why.text);
    }
    if (ms_view_forgive(status) && error)
        *error = why;
    return ms_view_forgive(status);
}

static memscan_status ask_platform(const memscan_view *view, uint32_t wanted, memscan_where *where,
                                   memscan_error *error)
{
    const memscan_platform *platform = &view->target->platform;
    void *state = view->target->state;
    const memscan_module *module = view->modules ? ms_module_list_find(view->modules, where->address) : NULL;
    const memscan_region *head = module ? ms_region_map_find(view->map, module->base) : NULL;
    memscan_detail detail = { where->kind, MEMSCAN_HEAP_UNKNOWN };
    memscan_status status = MEMSCAN_OK;
    if (platform->detail)
        status = ms_view_forgive(platform->detail(state, &where->region, head, where->address, &detail, error));
    where->kind = detail.kind;
    where->heap = detail.heap;
    if (!status && wanted & MEMSCAN_WHERE_PAGE && platform->page)
        status = ms_view_forgive(platform->page(state, &where->region, where->address, &where->page, error));
    if (where->page.state == MEMSCAN_PAGE_GUARD)
        where->kind = MEMSCAN_KIND_GUARD;
    if (!status && wanted & MEMSCAN_WHERE_SYMBOL && head)
        status = ask_symbol(view, module, head, where, error);
    return status;
}

/* ---- stacks and guards ---- */

static void set_thread(memscan_where *where, const memscan_stack *stack, const memscan_region *region)
{
    if (!stack)
        return;
    where->thread = stack->thread;
    where->is_alternate = ms_view_is_alternate(stack, region);
    where->stack_pointer = stack->pointer;
}

/* The rest of an arena's reservation and the guard of a stack behind it may have become one region: its last page is the
 * guard's. */
static bool is_guard_of_stack(const memscan_view *view, const memscan_where *where)
{
    if (!where->has_above || where->above.kind != MEMSCAN_KIND_STACK || !touches(&where->region, &where->above))
        return false;
    bool arena = where->has_below && where->below.kind == MEMSCAN_KIND_HEAP && touches(&where->below, &where->region);
    return !arena || where->above.start - where->address <= view->target->facts.target.page_size;
}

/* The system joins a stack with memory of other use that touches it. Of what lies above a stack pointer whose thread is at
 * home elsewhere, or tells no home, the platform knows better whether it is a block of malloc's. */
static bool is_joined_block(const memscan_where *where, const memscan_stack *stack)
{
    bool at_home = stack && stack->home >= where->region.start && stack->home <= ms_region_last(&where->region);
    return where->kind == MEMSCAN_KIND_HEAP && !at_home && (!stack || where->address > stack->pointer);
}

static void find_stack(const memscan_view *view, memscan_where *where)
{
    const memscan_region *region = &where->region;
    const memscan_stack *stack = ms_view_stack_of(view, region, where->address);
    bool is_stack = region->kind == MEMSCAN_KIND_STACK && where->kind != MEMSCAN_KIND_GUARD;
    if (is_stack && is_joined_block(where, stack))
        return;
    set_thread(where, stack, region);
    if (!is_stack || view->stacks.count == 0)
        return;
    where->kind = stack || region->flags & MEMSCAN_REGION_GROWS_DOWN ? MEMSCAN_KIND_STACK : MEMSCAN_KIND_ANON;
    where->heap = MEMSCAN_HEAP_UNKNOWN;
}

static void find_thread(const memscan_view *view, memscan_where *where)
{
    if (!where->mapped)
        return;
    if (where->region.kind == MEMSCAN_KIND_GUARD && is_guard_of_stack(view, where))
        set_thread(where, ms_view_stack_of(view, &where->above, where->above.start), &where->above);
    else if (where->region.kind != MEMSCAN_KIND_GUARD)
        find_stack(view, where);
}

/* ---- words ---- */

static const char *heap_words(memscan_heap heap)
{
    switch (heap) {
    case MEMSCAN_HEAP_BREAK: return "heap, grown by brk";
    case MEMSCAN_HEAP_ARENA: return "heap, an arena of malloc's";
    case MEMSCAN_HEAP_BLOCK: return "heap, a large block of malloc's";
    case MEMSCAN_HEAP_UNKNOWN: break;
    }
    return "heap";
}

static const char *kind_words(const memscan_where *where)
{
    switch (where->kind) {
    case MEMSCAN_KIND_CODE: return "code";
    case MEMSCAN_KIND_RODATA: return "read-only data";
    case MEMSCAN_KIND_DATA: return "initialised data";
    case MEMSCAN_KIND_BSS: return "zeroed data (bss)";
    case MEMSCAN_KIND_HEAP: return heap_words(where->heap);
    case MEMSCAN_KIND_STACK: return "a stack";
    case MEMSCAN_KIND_FILE: return "a mapped file";
    case MEMSCAN_KIND_SHARED: return "shared memory";
    case MEMSCAN_KIND_VDSO: return "what the kernel maps into every program (vdso)";
    case MEMSCAN_KIND_DEVICE: return "memory of a device or of the kernel";
    default: return "private memory of no known use (anonymous)";
    }
}

/* What lies without access behind the end of an arena's block is somebody else's, though the system may have joined the two. */
static bool is_rest_of_arena(const memscan_view *view, const memscan_where *where)
{
    uint64_t block = ms_glibc_arena_block(view->target->facts.target.layout.pointer_width);
    return where->has_below && where->below.kind == MEMSCAN_KIND_HEAP && where->region.kind == MEMSCAN_KIND_GUARD &&
           touches(&where->below, &where->region) && ms_region_last(&where->below) / block == where->address / block;
}

static void describe_mapped(const memscan_view *view, memscan_where *where)
{
    unsigned long long thread = where->thread;
    const char *main = thread && thread == view->target->facts.target.pid ? "main " : "";
    if (where->kind == MEMSCAN_KIND_GUARD && thread)
        SAY(where->what, "guard page of %sthread %llu's stack", main, thread);
    else if (where->kind == MEMSCAN_KIND_GUARD)
        SAY(where->what, "%s",
            is_rest_of_arena(view, where) ? "set aside for a malloc arena to grow into"
                                          : "a guard: no access is permitted");
    else if (thread && where->is_alternate)
        SAY(where->what, "%s: alternate stack, which %sthread %llu runs on now",
            where->kind == MEMSCAN_KIND_STACK || where->kind == MEMSCAN_KIND_ANON ? "stack" : kind_words(where), main,
            thread);
    else if (thread && where->kind == MEMSCAN_KIND_STACK)
        SAY(where->what, "stack of %sthread %llu", main, thread);
    else if (thread)
        SAY(where->what, "%s, which %sthread %llu runs on now", kind_words(where), main, thread);
    else
        SAY(where->what, "%s", kind_words(where));
}

static bool is_null_page(const memscan_view *view, uint64_t address)
{
    return address < view->target->facts.target.page_size;
}

static bool may_grow_to(const memscan_where *where)
{
    return where->has_above && where->above.flags & MEMSCAN_REGION_GROWS_DOWN &&
           where->above.start - where->address <= GROWTH_MOST;
}

static void describe_unmapped(const memscan_view *view, memscan_where *where)
{
    const memscan_measures *measures = &view->measures;
    if (is_null_page(view, where->address))
        SAY(where->what, "null page: never mapped, so that a null pointer faults");
    else if (measures->lowest_address != MEMSCAN_NOT_TOLD && where->address < measures->lowest_address)
        SAY(where->what, "nothing: below the lowest address that programs may map");
    else if (measures->highest_address != MEMSCAN_NOT_TOLD && where->address > measures->highest_address)
        SAY(where->what, "nothing: beyond the addresses of programs");
    else if (may_grow_to(where))
        SAY(where->what, "nothing yet: the stack above grows down on access, if its limit allows");
    else
        SAY(where->what, "nothing is mapped here");
}

/* ---- what an access would do ---- */

static void set_access(memscan_access *access, bool faults, const char *words)
{
    access->faults = faults;
    SAY(access->words, "%s", words);
}

static void fault_all(memscan_where *where, const char *words)
{
    set_access(&where->read, true, words);
    set_access(&where->write, true, words);
    set_access(&where->execute, true, words);
}

static void judge_unmapped(const memscan_view *view, memscan_where *where)
{
    fault_all(where, is_null_page(view, where->address) ? "null page" : "not mapped");
    if (!may_grow_to(where))
        return;
    set_access(&where->read, false, "makes the stack grow down to here, if its limit allows");
    set_access(&where->write, false, "makes the stack grow down to here, if its limit allows");
}

static void judge_guard(memscan_where *where)
{
    if (where->thread)
        SAY(where->read.words, "guard page of thread %llu's stack", (unsigned long long)where->thread);
    else
        SAY(where->read.words, "no access is permitted");
    char words[sizeof where->read.words];
    memcpy(words, where->read.words, sizeof words);
    fault_all(where, words);
}

static const char *read_words(const memscan_where *where)
{
    switch (where->page.state) {
    case MEMSCAN_PAGE_UNTOUCHED: return where->page.zero ? "" : "maps the shared page of zeros";
    case MEMSCAN_PAGE_SWAPPED: return "brings the page back from swap";
    case MEMSCAN_PAGE_FILE: return "maps the file's page";
    case MEMSCAN_PAGE_SHARED: return "maps the shared page";
    case MEMSCAN_PAGE_BLOCKED: return "waits for the program that supplies the page (userfaultfd)";
    default: return "";
    }
}

static const char *write_words(const memscan_where *where)
{
    if (where->region.flags & MEMSCAN_REGION_SHARED)
        return where->region.flags & MEMSCAN_REGION_FILE && where->kind == MEMSCAN_KIND_FILE
                   ? "changes the file, for all who map it"
                   : "reaches everybody who maps this memory";
    if (where->page.state == MEMSCAN_PAGE_FILE || (where->page.state == MEMSCAN_PAGE_RESIDENT && where->page.shared))
        return "makes the page the program's own (copy on write)";
    if (where->page.state == MEMSCAN_PAGE_UNTOUCHED)
        return "gives the program a page of its own, zeroed";
    return read_words(where);
}

static void judge_mapped(memscan_where *where)
{
    uint32_t protection = where->region.protection;
    if (where->kind == MEMSCAN_KIND_GUARD || !protection) {
        judge_guard(where);
        return;
    }
    bool may_read = protection & MEMSCAN_PROT_READ;
    bool may_write = protection & MEMSCAN_PROT_WRITE, may_execute = protection & MEMSCAN_PROT_EXECUTE;
    set_access(&where->read, !may_read, may_read ? read_words(where) : "not readable");
    set_access(&where->write, !may_write, may_write ? write_words(where) : may_read ? "read-only" : "not writable");
    set_access(&where->execute, !may_execute, may_execute ? read_words(where) : "not executable");
}

/* ---- the whole ---- */

static memscan_status look_at(const memscan_view *view, uint32_t wanted, memscan_where *where, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    find_regions(view, where);
    if (where->mapped)
        status = ask_platform(view, wanted, where, error);
    if (status)
        return status;
    find_thread(view, where);
    ms_place_write(view->map, view->modules, where->address, where->place, sizeof where->place);
    if (where->mapped) {
        describe_mapped(view, where);
        judge_mapped(where);
    } else {
        describe_unmapped(view, where);
        judge_unmapped(view, where);
    }
    return MEMSCAN_OK;
}

memscan_status memscan_view_at(memscan_view *view, uint64_t address, uint32_t wanted, memscan_where *where,
                               memscan_error *error)
{
    memscan_where whole = { .size = where->size, .address = address };
    memscan_status status = look_at(view, wanted, &whole, error);
    if (status)
        return status;
    memcpy(where, &whole, where->size < sizeof whole ? where->size : sizeof whole);
    return MEMSCAN_OK;
}

const char *memscan_heap_name(memscan_heap heap)
{
    static const char *const names[] = { "", "brk", "arena", "block" };
    return (unsigned)heap < sizeof names / sizeof names[0] ? names[heap] : "";
}
