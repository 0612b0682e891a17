/* first_scan.c - the first scan of a session: all of the memory that the filter selects is judged, and what matches is
 * kept in blocks together with its bytes.
 *
 * The flow is that of a search (find.c): a sweep. A worker reads a unit, judges it plane by plane in
 * stretches of a block's size, encodes the blocks that hold something and appends them to the store; the caller's thread
 * takes the references to them, in order. `unknown` keeps every slot, and untouched memory as zero runs, without reading it. */
#include "kept.h"
#include "scanning.h"
#include "tracking.h"

#include "../base/error.h"
#include "../base/host.h"
#include "../flow/progress.h"
#include "../flow/proof.h"
#include "../flow/reader.h"
#include "../flow/sweep.h"
#include "../flow/vanished.h"
#include "../question/question.h"
#include "../target/identity.h"
#include "../value/literal.h"

enum { UNIT_BYTES = 704 << 10 }; /* eleven blocks: the second cache holds them with what they are copied from */

typedef struct first_scan {
    memscan_scan *scan;
    memscan_target *target;
    const memscan_allocator *allocator;
    memscan_question *question; /* NULL: unknown */
    ms_planes planes;
    ms_sweep sweep;
    ms_session *session; /* the new one */
    ms_keeping keeping;
    ms_match_set set;
    ms_account account;
    ms_progress progress;
    ms_vanished vanished;
    ms_proof proof;
    ms_tracking tracking;
} first_scan;

typedef struct first_work {
    ms_unit unit;
    ms_reader reader;
    uint8_t *buffer;
    ms_question_scratch *scratch;
    uint64_t *bitmap;     /* one bit a byte of a block */
    ms_block block;       /* its bytes are in the buffer, */
    uint8_t *block_bytes; /* and its own are here until it is destroyed */
    uint8_t *blob;        /* ms_block_blob_bound bytes */
    ms_kept *kept;        /* of this unit */
} first_work;

static size_t buffer_bytes(const first_scan *first)
{
    return ms_plan_buffer_bytes(&first->sweep.plan) + MS_QUESTION_PADDING;
}

static void destroy_work(void *context, void *destroyed)
{
    const first_scan *first = context;
    first_work *work = destroyed;
    if (work->block_bytes)
        work->block.bytes = work->block_bytes;
    ms_block_deinit(&work->block);
    ms_free(first->allocator, work->blob, ms_block_blob_bound(&first->planes));
    ms_free(first->allocator, work->bitmap, MS_BLOCK_WORDS * sizeof(uint64_t));
    ms_question_scratch_destroy(work->scratch);
    ms_free(first->allocator, work->buffer, buffer_bytes(first));
    ms_reader_deinit(&work->reader);
    ms_unit_deinit(&work->unit);
    ms_free(first->allocator, work, sizeof *work);
}

static void *create_work(void *context)
{
    first_scan *first = context;
    first_work *work = ms_alloc(first->allocator, sizeof *work);
    if (!work)
        return NULL;
    ms_unit_init(&work->unit, first->allocator);
    if (ms_reader_init(&work->reader, first->target, NULL) != MEMSCAN_OK) {
        ms_free(first->allocator, work, sizeof *work);
        return NULL;
    }
    work->reader.room.unproved = true;                                        /* what is delivered was proved */
    work->buffer = ms_resize(first->allocator, NULL, 0, buffer_bytes(first)); /* not zeroed: filled before it is used */
    ms_use_soon(work->buffer, first->sweep.plan.bytes_used);
    work->scratch = ms_question_scratch_create(first->allocator);
    work->bitmap = ms_alloc_array(first->allocator, MS_BLOCK_WORDS, sizeof(uint64_t));
    work->blob = ms_resize(first->allocator, NULL, 0, ms_block_blob_bound(&first->planes));
    if (!first->question) /* then blobs are long */
        ms_use_soon(work->blob, MS_BLOCK_BYTES);
    bool whole = ms_block_init(&work->block, first->allocator, &first->planes) == MEMSCAN_OK;
    work->block_bytes = work->block.bytes;
    if (whole && work->buffer && work->scratch && work->bitmap && work->blob)
        return work;
    destroy_work(context, work);
    return NULL;
}

/* Every slot whose value lies in what the block holds. */
static void mark_all(ms_block *block, uint32_t plane)
{
    const ms_plane *shape = &block->planes->plane[plane];
    uint32_t first = ms_block_first(block, plane), held = block->size + block->tail;
    uint32_t slots = ms_block_slots(block, plane);
    if (held < first + shape->width)
        return;
    uint32_t fit = (held - first - shape->width) / shape->stride + 1;
    uint32_t count = fit < slots ? fit : slots;
    for (uint32_t word = 0; word < (count + 63) / 64; word++) {
        uint32_t bits = count - word * 64;
        block->starts[plane][word] = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    }
}

/* Judges one block at `bytes`, of which `length` may be looked at. */
static void judge_block(const first_scan *first, first_work *work, uint8_t *bytes, size_t length)
{
    ms_block *block = &work->block;
    block->bytes = bytes;
    for (uint32_t p = 0; p < first->planes.count; p++) {
        const ms_plane *plane = &first->planes.plane[p];
        if (first->question) {
            ms_question_mark_type(first->question, (memscan_type)plane->type, bytes, length, block->size, block->base,
                                  plane->stride, work->scratch, work->bitmap);
            ms_block_take_bitmap(block, p, work->bitmap);
        } else {
            mark_all(block, p);
        }
    }
}

static memscan_status keep_block(const first_scan *first, first_work *work, memscan_error *error)
{
    ms_store *store = first->session->store;
    if (ms_block_is_empty(&work->block))
        return MEMSCAN_OK;
    return ms_kept_add_block(work->kept, store, &work->block, work->blob, error);
}

static memscan_status judge_stretch(const first_scan *first, first_work *work, size_t index, memscan_error *error)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    size_t reach = stretch->size + ms_reader_beyond(&work->reader, index, UINT32_MAX, first->sweep.plan.lookahead);
    for (size_t at = 0; at < stretch->size; at += MS_BLOCK_BYTES) {
        size_t left = stretch->size - at, size = left < MS_BLOCK_BYTES ? left : MS_BLOCK_BYTES;
        size_t behind = reach - at - size;
        size_t tail = behind < first->sweep.plan.lookahead ? behind : first->sweep.plan.lookahead;
        ms_block_reset(&work->block, stretch->address + at, (uint32_t)size, (uint32_t)tail);
        judge_block(first, work, work->buffer + stretch->offset + at, size + tail);
        memscan_status status = keep_block(first, work, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    return MEMSCAN_OK;
}

/* The page behind is laid out as zeros (plan.h). */
static memscan_status keep_zeros(const first_scan *first, first_work *work, const ms_zero_stretch *zeros,
                                 memscan_error *error)
{
    return ms_kept_add_zero_run(work->kept, (1u << first->planes.count) - 1, zeros->address, zeros->size,
                                (uint32_t)first->sweep.plan.lookahead, error);
}

static memscan_status judge_unit(void *context, void *unit, void *judging, ms_account *account, bool *kept,
                                 memscan_error *error)
{
    const first_scan *first = context;
    first_work *work = judging;
    size_t zero = 0;
    ms_unit_take(&work->unit, unit, work->buffer);
    work->kept = ms_kept_begin(&first->keeping, work->unit.number);
    memscan_status status = ms_reader_read(&work->reader, &work->unit, work->buffer, error);
    if (status != MEMSCAN_OK)
        return status;
    work->kept->read_at = work->unit.jobs.count ? work->reader.read_at : 0;
    memset(work->buffer + work->unit.bytes, 0, MS_QUESTION_PADDING);
    for (size_t i = 0; i <= work->reader.stretches.count && status == MEMSCAN_OK; i++) {
        bool end = i == work->reader.stretches.count;
        const ms_stretch *stretch = end ? NULL : ms_array_at(&work->reader.stretches, i);
        for (; zero < work->unit.zeros.count && status == MEMSCAN_OK; zero++) {
            const ms_zero_stretch *zeros = ms_array_at(&work->unit.zeros, zero);
            if (!end && zeros->address > stretch->address)
                break;
            status = keep_zeros(first, work, zeros, error);
        }
        if (!end && stretch->own && status == MEMSCAN_OK)
            status = judge_stretch(first, work, i, error);
    }
    *account = work->unit.left;
    account->scanned += work->reader.scanned;
    *kept = work->reader.unread.count;
    return status;
}

static memscan_status deliver(void *context, void *delivered, const ms_account *account, memscan_error *error)
{
    first_scan *first = context;
    ms_account booked = *account;
    const first_work *work = delivered;
    const ms_kept *kept = ms_kept_next(&first->keeping);
    memscan_status status = ms_proof_reach(&first->proof, kept->read_at, error);
    if (status == MEMSCAN_OK && work)
        status = ms_vanished_book(&first->vanished, &work->reader, &booked, error);
    if (status == MEMSCAN_OK)
        status = ms_kept_record(kept, &first->planes, &first->set, error);
    if (status == MEMSCAN_OK)
        ms_account_add(&first->account, &booked);
    return status;
}

static memscan_status tick(void *context, memscan_error *error)
{
    first_scan *first = context;
    const ms_selection *selection = &first->sweep.selection;
    uint64_t done = ms_account_total(&first->account) + selection->devices; /* those are booked at the end */
    return ms_progress_tick(&first->progress, done, selection->asked, first->set.matches, error);
}

/* "[TYPE:]unknown" or "[TYPE:]?": the types to remember; else NONE of them. */
static bool is_unknown(const memscan_scan *scan, const char *expression, uint32_t *types)
{
    ms_prefix prefix = ms_prefix_parse(expression);
    const char *rest = prefix.rest;
    size_t length = strlen(rest);
    ms_trim(&rest, &length);
    if (!(length == 7 && memcmp(rest, "unknown", 7) == 0) && !(length == 1 && *rest == '?'))
        return false;
    memscan_type type = prefix.type ? prefix.type : scan->options.fallback ? scan->options.fallback : MEMSCAN_I32;
    *types = ms_type(type)->single;
    return true;
}

static memscan_status ask(first_scan *first, const char *expression, memscan_layout *layout, memscan_error *error)
{
    uint32_t types;
    size_t longest = 1;
    ms_prefix prefix = ms_prefix_parse(expression);
    *layout = first->target->facts.target.layout;
    if (is_unknown(first->scan, expression, &types)) {
        if (types == 0) {
            ms_fail(error, MEMSCAN_INVALID, "only numbers can be unknown");
            ms_hint(error, "write i32:unknown, f32:unknown or num:unknown");
            return MEMSCAN_INVALID;
        }
        layout->big_endian |= prefix.big_endian;
    } else {
        memscan_status status = memscan_question_parse(expression, first->scan->options.fallback, *layout,
                                                       first->allocator, &first->question, error);
        if (status != MEMSCAN_OK)
            return status;
        if (ms_question_regex(first->question)) {
            ms_fail(error, MEMSCAN_NOT_SUPPORTED, "a session holds no matches of a regular expression");
            ms_hint(error, "find shows them; scan for a text that they have in common");
            return MEMSCAN_NOT_SUPPORTED;
        }
        types = memscan_question_types(first->question);
        longest = ms_question_longest(first->question);
        *layout = ms_question_layout(first->question);
    }
    return ms_scan_planes(types, *layout, first->scan->options.alignment, longest, &first->planes, error);
}

static int add_module(const memscan_module *module, void *context)
{
    return ms_session_add_module(context, module, NULL) != MEMSCAN_OK;
}

static memscan_status create_session(first_scan *first, const char *expression, memscan_layout layout,
                                     memscan_error *error)
{
    ms_store *store;
    memscan_identity identity = { .pid = 0 };
    const memscan_scan_options *options = &first->scan->options;
    memscan_status status = ms_target_identity(first->target, &identity, error);
    if (status != MEMSCAN_OK && status != MEMSCAN_NOT_SUPPORTED)
        return status;
    status = ms_store_create(first->allocator, options->memory_limit, options->spill_folder, &store, error);
    if (status == MEMSCAN_OK)
        status = ms_session_create(first->allocator, store, &first->planes, layout, &identity, expression,
                                   &first->session, error);
    if (status != MEMSCAN_OK)
        return status;
    status = memscan_modules(first->target, add_module, first->session, error);
    return status == MEMSCAN_NOT_SUPPORTED ? MEMSCAN_OK : status == MEMSCAN_STOPPED ? ms_fail_memory(error) : status;
}

static memscan_status prepare(void *context, uint32_t workers, memscan_error *error)
{
    first_scan *first = context;
    memscan_status status = ms_tracking_begin_first(&first->tracking, first->scan, &first->sweep.selection, error);
    return status ? status : ms_keeping_init(&first->keeping, first->allocator, workers, error);
}

static memscan_status judge_memory(first_scan *first, memscan_error *error)
{
    const memscan_scan_options *options = &first->scan->options;
    bool numbers = !first->question || ms_question_is_numeric(first->question);
    first->sweep = (ms_sweep){ .target = first->target,
                               .filter = &options->filter,
                               .groups = numbers ? MS_GROUP_NUMBERS : MS_GROUP_BYTES,
                               .unit_bytes = UNIT_BYTES,
                               .longest = ms_scan_reach(&first->planes) + 1,
                               .keep_zeros = !first->question,
                               .needs_selection = options->track != MEMSCAN_TRACK_NONE,
                               .workers = options->workers,
                               .calls = { .context = first,
                                          .create_work = create_work,
                                          .destroy_work = destroy_work,
                                          .run = judge_unit,
                                          .deliver = deliver,
                                          .tick = tick },
                               .prepare = prepare };
    memscan_status status = ms_sweep_run(&first->sweep, error);
    first->account.slots[MEMSCAN_SKIP_DEVICE] += first->sweep.selection.devices;
    ms_keeping_deinit(&first->keeping);
    return status;
}

static void report_first(const first_scan *first, memscan_status status, memscan_report *report)
{
    ms_account_report(&first->account, first->sweep.selection.asked, report);
    report->nanoseconds = ms_progress_elapsed(&first->progress);
    report->matches = first->set.matches;
    report->stopped = first->progress.stopped;
    if (status != MEMSCAN_OK && report->stopped == MEMSCAN_STOP_NONE)
        report->stopped = status == MEMSCAN_GONE ? MEMSCAN_STOP_GONE : MEMSCAN_STOP_ERROR;
    report->complete = report->failed == 0 && report->stopped == MEMSCAN_STOP_NONE;
}

/* The new session takes the old one's place. */
static void adopt(memscan_scan *scan, first_scan *first)
{
    ms_scan_forget_block(scan);
    ms_match_set_deinit(&scan->current);
    ms_session_destroy(scan->session);
    scan->session = first->session;
    scan->current = first->set;
    scan->carried = scan->dropped = 0;
}

memscan_status memscan_scan_first(memscan_scan *scan, const char *expression, const char *path, memscan_report *report,
                                  memscan_error *error)
{
    memscan_report ours, *filled = report ? report : &ours;
    memscan_layout layout;
    const memscan_scan_options *options = &scan->options;
    first_scan first = {
        .scan = scan, .target = scan->target, .allocator = scan->allocator, .proof = { .target = scan->target }
    };
    memset(filled, 0, sizeof *filled);
    ms_match_set_init(&first.set, scan->allocator);
    ms_vanished_init(&first.vanished, scan->target);
    ms_tracking_init(&first.tracking, scan->allocator);
    ms_progress_begin(&first.progress, options->progress, options->progress_context, options->cancel,
                      options->timeout_ms);
    memscan_status status = ask(&first, expression, &layout, error);
    if (status == MEMSCAN_OK)
        status = create_session(&first, expression, layout, error);
    if (status == MEMSCAN_OK && path)
        status = ms_session_begin_file(first.session, path, error);
    if (status == MEMSCAN_OK)
        status = judge_memory(&first, error);
    report_first(&first, status, filled);
    if (status == MEMSCAN_OK)
        status = ms_session_add_step(first.session, &first.set, expression, filled->failed, 0,
                                     ms_tracking_result(&first.tracking), error);
    if (status == MEMSCAN_OK && path)
        status = ms_session_put_in_place(first.session, path, scan->session, error);
    ms_sweep_deinit(&first.sweep);
    ms_vanished_deinit(&first.vanished);
    ms_tracking_deinit(&first.tracking);
    memscan_question_destroy(first.question);
    if (status == MEMSCAN_OK) {
        adopt(scan, &first);
        return MEMSCAN_OK;
    }
    filled->complete = 0;
    ms_match_set_deinit(&first.set);
    ms_session_destroy(first.session);
    return status;
}
