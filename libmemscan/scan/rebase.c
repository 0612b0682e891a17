/* rebase.c - carry the matches of a session over to another run of the same program: what lay in a module lies at the
 * same offset in it. Everything else moved to places that nobody can know, and is dropped. */
#include "scanning.h"

#include "../base/error.h"
#include "../target/identity.h"
#include "../target/module_list.h"
#include "../target/place.h"

typedef struct rebasing {
    memscan_scan *scan;
    ms_module_list *modules; /* of the target */
    ms_session *made;
    ms_match_set set;
    ms_block from, to;
    uint8_t *scratch;
    uint64_t carried;
} rebasing;

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *backslash = strrchr(path, '\\');
    const char *last = slash > backslash ? slash : backslash;
    return last ? last + 1 : path;
}

static bool same_build(const ms_session_module *old, const memscan_module *module)
{
    bool comparable = old->build_id_length && module->build_id_length;
    return !comparable || (module->build_id_length == old->build_id_length &&
                           memcmp(module->build_id, old->build_id, old->build_id_length) == 0);
}

/* The target's module that is the session's: the same file name, and the same build where both have an id. Of several
 * the one with the same path; without it none, as it cannot be told which. */
static const memscan_module *counterpart(const rebasing *r, const ms_session_module *old)
{
    const memscan_module *found = NULL;
    size_t alike = 0;
    for (size_t i = 0; i < ms_module_list_count(r->modules); i++) {
        const memscan_module *module = ms_module_list_at(r->modules, i);
        if (strcmp(file_name(module->path), file_name(old->path)) != 0 || !same_build(old, module))
            continue;
        if (strcmp(module->path, old->path) == 0)
            return module;
        found = module;
        alike++;
    }
    return alike == 1 ? found : NULL;
}

/* Moves the part of one block that lies in a module to where that module is now. The bases differ by whole pages, so
 * that slots stay slots as long as strides divide a page; others are looked for one by one. */
static memscan_status move_block(rebasing *r, const ms_session_module *old, const memscan_module *module,
                                 memscan_error *error)
{
    const ms_block *from = &r->from;
    uint64_t base = from->base - old->base + module->base;
    uint32_t offset = 0, planes = 0;
    ms_block_reset(&r->to, base, from->size, from->tail);
    memcpy(r->to.bytes, from->bytes, from->size + from->tail);
    for (uint32_t at = 0; ms_block_next(from, at, &offset, &planes); at = offset + 1) {
        if (from->base + offset - old->base >= old->size)
            break;
        for (uint32_t p = 0; p < from->planes->count; p++) {
            uint32_t first = ms_block_first(&r->to, p), stride = from->planes->plane[p].stride;
            if (!(planes >> p & 1) || offset < first || (offset - first) % stride)
                continue;
            uint32_t slot = (offset - first) / stride;
            r->to.starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
        }
    }
    r->carried += ms_block_count(&r->to);
    return ms_match_set_add_block(&r->set, r->made->store, &r->to, r->scratch, error);
}

/* Bytes that are known behind a part of a block, as far as a match can reach. */
static uint32_t tail_behind(const ms_block_ref *ref, uint64_t at, uint32_t span)
{
    uint64_t behind = ref->span - (at - ref->base) - span + ref->tail;
    return behind < MS_BLOCK_TAIL ? (uint32_t)behind : MS_BLOCK_TAIL;
}

/* All blocks of one module. */
static memscan_status move_module(rebasing *r, const ms_session_module *old, const memscan_module *module,
                                  memscan_error *error)
{
    const ms_match_set *all = &r->scan->current;
    memscan_status status = MEMSCAN_OK;
    uint64_t size = old->size < module->size ? old->size : module->size;
    uint64_t last = old->base + (size - 1);
    for (size_t i = ms_match_set_find(all, old->base); i < all->refs.count && status == MEMSCAN_OK; i++) {
        const ms_block_ref *ref = ms_array_at(&all->refs, i);
        if (ref->base > last)
            break;
        uint64_t from = ref->base > old->base ? ref->base : old->base;
        uint64_t to = ref->base + (ref->span - 1) < last ? ref->base + (ref->span - 1) : last;
        for (uint64_t done = 0; done <= to - from && status == MEMSCAN_OK; done += MS_BLOCK_BYTES) {
            uint64_t at = from + done;
            uint32_t span = to - at < MS_BLOCK_BYTES ? (uint32_t)(to - at + 1) : MS_BLOCK_BYTES;
            status = ms_match_set_gather(all, r->scan->session->store, at, span, tail_behind(ref, at, span), &r->from,
                                         &r->to, r->scratch, error);
            if (status == MEMSCAN_OK)
                status = move_block(r, old, module, error);
        }
    }
    return status;
}

static int by_new_base(const ms_session_module *a, const ms_session_module *b, const rebasing *r)
{
    const memscan_module *x = counterpart(r, a), *y = counterpart(r, b);
    uint64_t left = x ? x->base : UINT64_MAX, right = y ? y->base : UINT64_MAX;
    return left < right ? -1 : left > right;
}

/* Modules in the order of where they are now: a match set is ascending. There are some hundreds at most. */
static void sort_modules(rebasing *r, ms_array *modules)
{
    for (size_t i = 1; i < modules->count; i++)
        for (size_t j = i; j > 0; j--) {
            ms_session_module *left = ms_array_at(modules, j - 1), *right = ms_array_at(modules, j), swapped = *left;
            if (by_new_base(left, right, r) <= 0)
                break;
            *left = *right;
            *right = swapped;
        }
}

static memscan_status move_all(rebasing *r, memscan_error *error)
{
    ms_array *modules = &r->scan->session->modules;
    const memscan_module *taken = NULL; /* two old ones of one name go to one place: the second one stays behind */
    memscan_status status = MEMSCAN_OK;
    sort_modules(r, modules);
    for (size_t i = 0; i < modules->count && status == MEMSCAN_OK; i++) {
        const ms_session_module *old = ms_array_at(modules, i);
        const memscan_module *module = counterpart(r, old);
        if (module && old->size && module->size && module != taken)
            status = move_module(r, old, module, error);
        taken = module;
    }
    for (size_t i = 0; i < ms_module_list_count(r->modules) && status == MEMSCAN_OK; i++)
        status = ms_session_add_module(r->made, ms_module_list_at(r->modules, i), error);
    return status;
}

static memscan_status begin(rebasing *r, memscan_error *error)
{
    memscan_identity identity;
    ms_store *store;
    const ms_session *old = r->scan->session;
    memscan_status status = ms_target_identity(r->scan->target, &identity, error);
    if (status == MEMSCAN_OK)
        status = ms_store_create(r->scan->allocator, r->scan->options.memory_limit, r->scan->options.spill_folder,
                                 &store, error);
    if (status == MEMSCAN_OK)
        status = ms_session_create(r->scan->allocator, store, &old->planes, old->layout, &identity, old->question,
                                   &r->made, error);
    if (status != MEMSCAN_OK)
        return status;
    r->scratch = ms_alloc(r->scan->allocator, ms_block_blob_bound(&old->planes));
    bool whole = ms_block_init(&r->from, r->scan->allocator, &old->planes) == MEMSCAN_OK &&
                 ms_block_init(&r->to, r->scan->allocator, &old->planes) == MEMSCAN_OK && r->scratch;
    return whole ? ms_target_modules(r->scan->target, &r->modules, error) : ms_fail_memory(error);
}

memscan_status ms_scan_rebase(memscan_scan *scan, memscan_error *error)
{
    rebasing r = { .scan = scan };
    ms_match_set_init(&r.set, scan->allocator);
    memscan_status status = begin(&r, error);
    if (status == MEMSCAN_OK)
        status = move_all(&r, error);
    if (status == MEMSCAN_OK)
        status = ms_session_add_step(r.made, &r.set, ms_session_current(scan->session)->expression, 0, 0, NULL, error);
    ms_block_deinit(&r.from);
    ms_block_deinit(&r.to);
    ms_free(scan->allocator, r.scratch, ms_block_blob_bound(&scan->session->planes));
    if (status != MEMSCAN_OK) {
        ms_match_set_deinit(&r.set);
        ms_session_destroy(r.made);
        return status;
    }
    scan->carried = r.carried;
    scan->dropped = scan->current.matches - r.carried;
    ms_scan_forget_block(scan);
    ms_match_set_deinit(&scan->current);
    ms_session_destroy(scan->session);
    scan->session = r.made;
    scan->current = r.set;
    return MEMSCAN_OK;
}
