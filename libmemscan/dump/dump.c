/* dump.c - dumps as files: written under another name, and given their own when they are whole. */
#include <memscan/dump.h>

#include "../base/bytes.h"
#include "../base/error.h"
#include "../base/options.h"
#include "core.h"

enum { CHUNK = 8 << 20, HOLE = 4096 }; /* of a chunk whose pages are absent, a map is taken: not too often */

/* ---- files ---- */

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

memscan_status ms_dump_write(ms_file *file, uint64_t offset, const uint8_t *bytes, size_t size, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t from = 0; from < size && !status;) {
        size_t to = from;
        while (to < size) { /* a run of pages that hold something */
            size_t page = size - to < HOLE ? size - to : HOLE;
            if (is_zero(bytes + to, page))
                break;
            to += page;
        }
        if (to > from)
            status = ms_file_write_at(file, offset + from, bytes + from, to - from, error);
        from = to + (size - to < HOLE ? size - to : HOLE);
    }
    return status;
}

typedef memscan_status fill_fn(ms_file *file, void *context, memscan_error *error);

/* What `fill` writes appears at `path` in one step, or not at all. */
static memscan_status write_file(const memscan_allocator *allocator, const char *path, fill_fn *fill, void *context,
                                 memscan_error *error)
{
    ms_file *file;
    memscan_status status = ms_file_may_replace(path, error);
    if (status)
        return status;
    char *beside = ms_file_name_beside(allocator, path);
    if (!beside)
        return ms_fail_memory(error);
    status = ms_file_open(allocator, beside, MS_FILE_CREATE, &file, error);
    if (!status) {
        status = fill(file, context, error);
        if (!status)
            status = ms_file_sync(file, error);
        ms_file_close(file);
        if (!status)
            status = ms_file_rename(beside, path, error);
        if (status)
            ms_file_remove(beside, NULL);
    }
    ms_free_text(allocator, beside);
    return status;
}

static ms_progress progress_of(const memscan_dump_options *given)
{
    memscan_dump_options options = MEMSCAN_DUMP_OPTIONS_INIT;
    ms_progress progress;
    ms_options_over(&options, sizeof options, given);
    ms_progress_begin(&progress, options.progress, options.progress_context, options.cancel, 0);
    return progress;
}

/* ---- plain bytes ---- */

typedef struct raw {
    memscan_target *target;
    uint64_t start, size;
    ms_progress progress;
} raw;

static memscan_status fill_raw(ms_file *file, void *context, memscan_error *error)
{
    raw *r = context;
    uint8_t *buffer = ms_alloc(r->target->allocator, CHUNK);
    memscan_status status = buffer ? MEMSCAN_OK : ms_fail_memory(error);
    for (uint64_t done = 0; done < r->size && !status;) {
        size_t size = r->size - done < CHUNK ? (size_t)(r->size - done) : CHUNK;
        status = memscan_read(r->target, r->start + done, buffer, size, error);
        if (!status)
            status = ms_dump_write(file, done, buffer, size, error);
        done += size;
        if (!status)
            status = ms_progress_tick(&r->progress, done, r->size, 0, error);
    }
    if (!status)
        status = ms_file_truncate(file, r->size, error); /* the last pages may be a hole */
    ms_free(r->target->allocator, buffer, CHUNK);
    return status;
}

memscan_status memscan_dump_raw(memscan_target *target, memscan_range range, const char *path,
                                const memscan_dump_options *options, memscan_error *error)
{
    raw r = { target, range.start, range.last - range.start + 1, progress_of(options) };
    uint64_t last;
    if (range.last < range.start || r.size == 0)
        return ms_fail_at(error, MEMSCAN_INVALID, range.start, "the range ends before it begins, or is everything");
    memscan_status status = ms_target_range(target, range.start, r.size, &last, error);
    return status ? status : write_file(target->allocator, path, fill_raw, &r, error);
}

/* ---- core files ---- */

enum { PN_XNUM = 0xffff }; /* elf(5): more program headers than e_phnum holds stand in the first section header */

typedef struct core_job {
    ms_core core;
    const ms_selection *selection;
    const memscan_filter *filter;
} core_job;

/* The fields of a structure, one after the other. */
typedef struct fields {
    uint8_t bytes[64];
    size_t length, word; /* bytes of an address */
} fields;

static void put(fields *f, uint64_t value, size_t width)
{
    ms_store_uint(f->bytes + f->length, value, width, 0);
    f->length += width;
}

static void put_header(fields *f, const ms_core *core, uint64_t headers_at, uint64_t sections_at, uint64_t count)
{
    bool many = count >= PN_XNUM, wide = f->word == 8;
    memcpy(f->bytes, "\177ELF", 4);
    f->bytes[4] = wide ? 2 : 1;
    f->bytes[5] = 1; /* little-endian */
    f->bytes[6] = 1;
    f->length = 16;
    put(f, 4, 2); /* ET_CORE */
    put(f, ms_core_machine(core), 2);
    put(f, 1, 4);
    put(f, 0, f->word);
    put(f, headers_at, f->word);
    put(f, many ? sections_at : 0, f->word);
    put(f, 0, 4);
    put(f, wide ? 64 : 52, 2);
    put(f, wide ? 56 : 32, 2);
    put(f, many ? PN_XNUM : count, 2);
    put(f, many ? (wide ? 64 : 40) : 0, 2);
    put(f, many ? 1 : 0, 2);
    put(f, 0, 2);
}

/* The first section header: sh_size the number of sections, sh_info that of the program headers. */
static void put_section(fields *f, uint64_t count)
{
    f->length = f->word == 8 ? 64 : 40;
    ms_store_uint(f->bytes + (f->word == 8 ? 32 : 20), 1, f->word, 0);
    ms_store_uint(f->bytes + (f->word == 8 ? 44 : 28), count, 4, 0);
}

/* PF_X is 1, PF_W 2, PF_R 4. */
static uint32_t flags_of(uint32_t protection)
{
    return (protection & MEMSCAN_PROT_READ ? 4u : 0) | (protection & MEMSCAN_PROT_WRITE ? 2u : 0) |
           (protection & MEMSCAN_PROT_EXECUTE ? 1u : 0);
}

static void put_program(fields *f, uint32_t type, uint32_t flags, const ms_core_segment *segment, uint64_t align)
{
    f->length = 0;
    put(f, type, 4);
    if (f->word == 8)
        put(f, flags, 4);
    put(f, segment->offset, f->word);
    put(f, segment->address, f->word);
    put(f, 0, f->word);
    put(f, segment->saved, f->word);
    put(f, segment->memory, f->word);
    if (f->word == 4)
        put(f, flags, 4);
    put(f, align, f->word);
}

static memscan_status write_programs(ms_core *core, const ms_core_segment *notes, memscan_error *error)
{
    ms_array bytes;
    fields f = { .word = core->target->facts.target.layout.pointer_width };
    size_t each = f.word == 8 ? 56 : 32, count = core->segments.count + 1;
    ms_array_init(&bytes, core->target->allocator, 1);
    if (!ms_array_reserve(&bytes, count * each)) {
        ms_array_deinit(&bytes);
        return ms_fail_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            put_program(&f, 4, 0, notes, 4); /* PT_NOTE */
        else {
            const ms_core_segment *segment = ms_array_at(&core->segments, i - 1);
            put_program(&f, 1, flags_of(segment->protection), segment, core->target->facts.target.page_size);
        }
        memcpy((uint8_t *)bytes.items + i * each, f.bytes, each);
    }
    memscan_status status = ms_file_write_at(core->file, core->end, bytes.items, count * each, error);
    core->end += count * each;
    ms_array_deinit(&bytes);
    return status;
}

static memscan_status write_headers(ms_core *core, const ms_core_segment *notes, memscan_error *error)
{
    uint64_t count = (uint64_t)core->segments.count + 1, headers_at = core->end = (core->end + 7) / 8 * 8;
    fields header = { .word = core->target->facts.target.layout.pointer_width }, section = { .word = header.word };
    memscan_status status = write_programs(core, notes, error);
    uint64_t sections_at = core->end;
    if (!status && count >= PN_XNUM) {
        put_section(&section, count);
        status = ms_file_write_at(core->file, sections_at, section.bytes, section.length, error);
    }
    put_header(&header, core, headers_at, sections_at, count);
    return status ? status : ms_file_write_at(core->file, 0, header.bytes, header.length, error);
}

static memscan_status write_notes(ms_core *core, ms_region_map *map, ms_core_segment *segment, memscan_error *error)
{
    ms_array notes;
    ms_array_init(&notes, core->target->allocator, 1);
    memscan_status status = ms_core_notes(core, map, &notes, error);
    core->end = (core->end + 7) / 8 * 8;
    *segment = (ms_core_segment){ .saved = notes.count, .offset = core->end };
    if (!status)
        status = ms_file_write_at(core->file, core->end, notes.items, notes.count, error);
    core->end += notes.count;
    ms_array_deinit(&notes);
    return status;
}

static memscan_status fill_core(ms_file *file, void *context, memscan_error *error)
{
    core_job *job = context;
    ms_core *core = &job->core;
    ms_core_segment notes;
    core->file = file;
    core->end = core->target->facts.target.page_size; /* the header's page */
    memscan_status status = ms_core_save(core, job->selection, job->filter, error);
    if (!status)
        status = core->target->platform.alive(core->target->state, error);
    if (!status)
        status = write_notes(core, job->selection->map, &notes, error);
    return status ? status : write_headers(core, &notes, error);
}

static memscan_status dump_selection(core_job *job, const char *path, memscan_report *report, memscan_error *error)
{
    ms_core *core = &job->core;
    ms_array_init(&core->segments, core->target->allocator, sizeof(ms_core_segment));
    core->asked = job->selection->asked;
    core->account.slots[MEMSCAN_SKIP_DEVICE] = job->selection->devices;
    memscan_status status = write_file(core->target->allocator, path, fill_core, job, error);
    ms_array_deinit(&core->segments);
    ms_account_report(&core->account, core->asked, report);
    report->nanoseconds = ms_progress_elapsed(&core->progress);
    report->stopped = status == MEMSCAN_GONE   ? MEMSCAN_STOP_GONE
                      : core->progress.stopped ? core->progress.stopped
                      : status                 ? MEMSCAN_STOP_ERROR
                                               : MEMSCAN_STOP_NONE;
    report->complete = !status && report->failed == 0;
    return status;
}

memscan_status memscan_dump_core(memscan_target *target, const memscan_filter *filter, const char *path,
                                 const memscan_dump_options *options, memscan_report *report, memscan_error *error)
{
    memscan_filter whole = MEMSCAN_FILTER_INIT;
    memscan_report own;
    ms_region_map *map;
    ms_selection selection;
    report = report ? report : &own;
    *report = (memscan_report){ 0 };
    ms_options_over(&whole, sizeof whole, filter);
    if (target->facts.target.layout.big_endian)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "core files of big-endian targets are not written");
    memscan_status status = ms_target_fresh_map(target, &map, error);
    if (!status)
        status = ms_selection_init(&selection, map, &whole, MS_GROUP_NUMBERS, target->allocator, error);
    if (status)
        return status;
    core_job job = { .core = { .target = target, .progress = progress_of(options) },
                     .selection = &selection,
                     .filter = &whole };
    status = dump_selection(&job, path, report, error);
    ms_selection_deinit(&selection);
    return status;
}
