/* fake_platform.c - a scripted target. Everything it has is under one lock; hooks run before it is taken. */
#include "fake_platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"

enum { MOST_REGIONS = 70000, MOST_MODULES = 64, MOST_THREADS = 64, MOST_WRITES = 64, MOST_PLANTS = 1024 };

typedef struct fake_region {
    memscan_region region;
    uint8_t *bytes;   /* NULL: sparse */
    uint8_t *states;  /* one memscan_page_state a page */
    uint8_t *holes;   /* one memscan_outcome a page, for reads through the target */
    uint8_t *closed;  /* the same for reads from the backing */
    uint8_t *refused; /* the same for writes */
    uint8_t *tracked; /* the bytes at the last `track`, or NULL */
    uint64_t *since;  /* a page: the point at which they were taken */
} fake_region;

typedef struct plant {
    uint64_t address;
    uint8_t byte;
} plant;

struct fake_target {
    ms_mutex *lock;
    fake_settings settings;
    memscan_identity identity;
    fake_counts counts;
    fake_region **regions; /* all that ever were: unmapped ones stay for their bytes */
    size_t region_count;
    fake_region **live; /* those that are mapped, ascending */
    size_t live_count;
    plant plants[MOST_PLANTS];
    size_t plant_count;
    memscan_module modules[MOST_MODULES];
    size_t module_count;
    memscan_thread threads[MOST_THREADS];
    size_t thread_count;
    fake_write writes[MOST_WRITES];
    size_t write_count;
    uint64_t die_at, fail_at; /* as a total of calls; 0: never */
    memscan_status failure;
    bool dead;
    fake_hook *hook;
    void *hook_context;
    uint32_t readers, others; /* in an operation now */
    uint64_t point;           /* the last one of `track` */
};

typedef struct fake_state {
    fake_target *fake;
    uint32_t access;
    const memscan_allocator *allocator;
} fake_state;

static const fake_process *processes;
static size_t process_count;
static uint64_t self_pid;

fake_target *fake_create(void)
{
    fake_target *fake = calloc(1, sizeof *fake);
    fake->lock = ms_mutex_create(&ms_default_allocator);
    fake->regions = calloc(MOST_REGIONS, sizeof(fake_region *));
    fake->live = calloc(MOST_REGIONS, sizeof(fake_region *));
    fake->settings = (fake_settings){ .page_size = 4096,
                                      .layout = { 8, 0 },
                                      .capabilities = MEMSCAN_CAN_WRITE | MEMSCAN_CAN_RESIDENCY | MEMSCAN_CAN_BACKING,
                                      .best_read_size = 65536 };
    fake->identity = (memscan_identity){ .pid = 4321, .start_time = 99 };
    return fake;
}

void fake_destroy(fake_target *fake)
{
    for (size_t i = 0; i < fake->region_count; i++) {
        fake_region *region = fake->regions[i];
        free(region->bytes);
        free(region->states);
        free(region->holes);
        free(region->closed);
        free(region->refused);
        free(region->tracked);
        free(region->since);
        free(region);
    }
    free(fake->regions);
    free(fake->live);
    ms_mutex_destroy(fake->lock);
    free(fake);
}

fake_settings *fake_set(fake_target *fake)
{
    return &fake->settings;
}

memscan_identity *fake_identity(fake_target *fake)
{
    return &fake->identity;
}

fake_counts fake_counted(fake_target *fake)
{
    ms_mutex_lock(fake->lock);
    fake_counts counts = fake->counts;
    ms_mutex_unlock(fake->lock);
    return counts;
}

void fake_forget_counts(fake_target *fake)
{
    ms_mutex_lock(fake->lock);
    uint64_t open_states = fake->counts.open_states;
    fake->counts = (fake_counts){ .open_states = open_states };
    fake->write_count = 0;
    ms_mutex_unlock(fake->lock);
}

static void breach(fake_target *fake, const char *what)
{
    if (fake->counts.breaches++ == 0)
        snprintf(fake->counts.breach, sizeof fake->counts.breach, "%s", what);
}

static size_t page_count(const fake_target *fake, const memscan_region *region)
{
    return (size_t)((region->size + fake->settings.page_size - 1) / fake->settings.page_size);
}

/* The index of the first live region that ends at or beyond `address`. */
static size_t seek(const fake_target *fake, uint64_t address)
{
    size_t low = 0, high = fake->live_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const memscan_region *region = &fake->live[middle]->region;
        if (region->start + (region->size - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static fake_region *region_of(fake_target *fake, uint64_t address)
{
    size_t index = seek(fake, address);
    if (index == fake->live_count || fake->live[index]->region.start > address)
        return NULL;
    return fake->live[index];
}

static fake_region *add_region(fake_target *fake, uint64_t start, uint64_t size, uint32_t protection, memscan_kind kind,
                               memscan_page_state state)
{
    fake_region *region = calloc(1, sizeof *region);
    region->region =
        (memscan_region){ .start = start, .size = size, .protection = protection, .kind = kind, .name = "" };
    size_t pages = page_count(fake, &region->region);
    region->states = malloc(pages);
    memset(region->states, state, pages);
    region->holes = calloc(1, pages);
    region->closed = calloc(1, pages);
    region->refused = calloc(1, pages);
    if (fake->region_count == MOST_REGIONS || region_of(fake, start) || region_of(fake, start + (size - 1)))
        abort(); /* the test's mistake */
    fake->regions[fake->region_count++] = region;
    size_t index = seek(fake, start);
    memmove(fake->live + index + 1, fake->live + index, (fake->live_count++ - index) * sizeof(fake_region *));
    fake->live[index] = region;
    return region;
}

uint8_t *fake_map(fake_target *fake, uint64_t start, uint64_t size, uint32_t protection, memscan_kind kind)
{
    ms_mutex_lock(fake->lock);
    fake_region *region = add_region(fake, start, size, protection, kind, MEMSCAN_PAGE_RESIDENT);
    region->bytes = calloc(1, (size_t)size);
    ms_mutex_unlock(fake->lock);
    return region->bytes;
}

void fake_map_sparse(fake_target *fake, uint64_t start, uint64_t size, uint32_t protection, memscan_kind kind)
{
    ms_mutex_lock(fake->lock);
    add_region(fake, start, size, protection, kind, MEMSCAN_PAGE_UNTOUCHED);
    ms_mutex_unlock(fake->lock);
}

void fake_plant(fake_target *fake, uint64_t address, const void *bytes, size_t size)
{
    ms_mutex_lock(fake->lock);
    for (size_t i = 0; i < size; i++) {
        if (fake->plant_count == MOST_PLANTS)
            abort();
        fake->plants[fake->plant_count++] = (plant){ address + i, ((const uint8_t *)bytes)[i] };
    }
    ms_mutex_unlock(fake->lock);
}

void fake_unmap(fake_target *fake, uint64_t start)
{
    ms_mutex_lock(fake->lock);
    size_t index = seek(fake, start);
    memmove(fake->live + index, fake->live + index + 1, (--fake->live_count - index) * sizeof(fake_region *));
    ms_mutex_unlock(fake->lock);
}

void fake_describe(fake_target *fake, uint64_t start, uint32_t flags, const char *name)
{
    ms_mutex_lock(fake->lock);
    fake_region *region = region_of(fake, start);
    region->region.flags = flags;
    region->region.name = name;
    ms_mutex_unlock(fake->lock);
}

typedef uint8_t *page_array_fn(fake_region *region);
static uint8_t *states_of(fake_region *region)
{
    return region->states;
}
static uint8_t *holes_of(fake_region *region)
{
    return region->holes;
}
static uint8_t *closed_of(fake_region *region)
{
    return region->closed;
}
static uint8_t *refused_of(fake_region *region)
{
    return region->refused;
}

static void set_pages(fake_target *fake, uint64_t start, uint64_t size, page_array_fn *array, uint8_t value)
{
    ms_mutex_lock(fake->lock);
    for (uint64_t done = 0; done < size;) {
        fake_region *region = region_of(fake, start + done);
        uint64_t offset = start + done - region->region.start;
        uint64_t length = region->region.size - offset < size - done ? region->region.size - offset : size - done;
        uint64_t first = offset / fake->settings.page_size;
        uint64_t end = (offset + length + fake->settings.page_size - 1) / fake->settings.page_size;
        memset(array(region) + first, value, (size_t)(end - first));
        done += length;
    }
    ms_mutex_unlock(fake->lock);
}

void fake_pages(fake_target *fake, uint64_t start, uint64_t size, memscan_page_state state)
{
    set_pages(fake, start, size, states_of, (uint8_t)state);
}

void fake_hole(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome)
{
    set_pages(fake, start, size, holes_of, (uint8_t)outcome);
}

void fake_close_backing(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome)
{
    set_pages(fake, start, size, closed_of, (uint8_t)outcome);
}

void fake_refuse_writes(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome)
{
    set_pages(fake, start, size, refused_of, (uint8_t)outcome);
}

void fake_lose_track(fake_target *fake)
{
    ms_mutex_lock(fake->lock);
    fake->point++;
    ms_mutex_unlock(fake->lock);
}

void fake_add_module(fake_target *fake, uint64_t base, uint64_t size, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (fake->module_count == MOST_MODULES)
        abort();
    fake->modules[fake->module_count++] =
        (memscan_module){ .base = base, .size = size, .name = slash ? slash + 1 : path, .path = path };
}

void fake_add_thread(fake_target *fake, uint64_t id, char state, const char *name)
{
    if (fake->thread_count == MOST_THREADS)
        abort();
    fake->threads[fake->thread_count++] = (memscan_thread){ id, state, name };
}

void fake_die_at(fake_target *fake, uint64_t nth)
{
    ms_mutex_lock(fake->lock);
    fake->die_at = nth ? fake->counts.total + nth : 0;
    ms_mutex_unlock(fake->lock);
}

void fake_fail_at(fake_target *fake, uint64_t nth, memscan_status status)
{
    ms_mutex_lock(fake->lock);
    fake->fail_at = nth ? fake->counts.total + nth : 0;
    fake->failure = status;
    ms_mutex_unlock(fake->lock);
}

void fake_on_call(fake_target *fake, fake_hook *hook, void *context)
{
    fake->hook = hook;
    fake->hook_context = context;
}

size_t fake_writes(fake_target *fake, fake_write *writes, size_t capacity)
{
    ms_mutex_lock(fake->lock);
    size_t count = fake->write_count;
    for (size_t i = 0; i < count && i < capacity; i++)
        writes[i] = fake->writes[i];
    ms_mutex_unlock(fake->lock);
    return count;
}

void fake_set_processes(const fake_process *list, size_t count, uint64_t self)
{
    processes = list;
    process_count = count;
    self_pid = self;
}

static memscan_status fail(memscan_error *error, memscan_status status, const char *text)
{
    if (error) {
        memset(error, 0, sizeof *error);
        error->status = status;
        snprintf(error->text, sizeof error->text, "%s", text);
    }
    return status;
}

memscan_status fake_open(fake_target *fake, uint32_t access, const memscan_allocator *allocator,
                         memscan_target **target, memscan_error *error)
{
    static const memscan_platform *const platforms[] = { &fake_platform, NULL };
    memscan_open_options options = MEMSCAN_OPEN_OPTIONS_INIT;
    char locator[64];
    options.platforms = platforms;
    options.allocator = allocator;
    snprintf(locator, sizeof locator, "fake:%" PRIxPTR, (uintptr_t)fake);
    return memscan_open(locator, access, &options, target, error);
}

/* Begins an operation: runs the hook, counts, decides whether it fails. The lock is held afterwards, in every case. */
static memscan_status begin(fake_target *fake, fake_operation operation, memscan_error *error)
{
    bool reads = operation == FAKE_READ || operation == FAKE_RESIDENCY;
    ms_mutex_lock(fake->lock);
    uint64_t nth = ++fake->counts.calls[operation], total = ++fake->counts.total;
    if (reads && ++fake->readers > fake->counts.peak_readers)
        fake->counts.peak_readers = fake->readers;
    if (reads && fake->settings.max_readers && fake->readers > fake->settings.max_readers)
        breach(fake, "more readers than the facts allow");
    if (!reads && operation != FAKE_ALIVE && fake->others++)
        breach(fake, "two operations at once that are not reads");
    ms_mutex_unlock(fake->lock);
    if (fake->hook)
        fake->hook(fake, operation, nth, fake->hook_context);
    ms_mutex_lock(fake->lock);
    if (fake->die_at && total >= fake->die_at)
        fake->dead = true;
    if (fake->dead)
        return fail(error, MEMSCAN_GONE, "the fake target ended");
    if (fake->fail_at == total)
        return fail(error, fake->failure, "the fake was told to fail");
    return MEMSCAN_OK;
}

static memscan_status end(fake_target *fake, fake_operation operation, memscan_status status)
{
    if (operation == FAKE_READ || operation == FAKE_RESIDENCY)
        fake->readers--;
    else if (operation != FAKE_ALIVE)
        fake->others--;
    ms_mutex_unlock(fake->lock);
    return status;
}

static memscan_status platform_list(memscan_process_fn *visit, void *context, memscan_error *error)
{
    for (size_t i = 0; i < process_count; i++)
        if (visit(&processes[i].process, context))
            return fail(error, MEMSCAN_STOPPED, "stopped");
    return MEMSCAN_OK;
}

static memscan_status platform_describe(uint64_t pid, char *path, size_t path_capacity, char *command,
                                        size_t command_capacity, size_t *command_length, memscan_error *error)
{
    for (size_t i = 0; i < process_count; i++)
        if (processes[i].process.pid == pid) {
            snprintf(path, path_capacity, "%s", processes[i].path);
            snprintf(command, command_capacity, "%s", processes[i].command);
            *command_length = strlen(command) + 1;
            return MEMSCAN_OK;
        }
    return fail(error, MEMSCAN_NOT_FOUND, "no such process");
}

static uint64_t platform_self(void)
{
    return self_pid;
}

static memscan_status platform_open(const memscan_platform_open *request, void **state, memscan_error *error)
{
    fake_target *fake = (fake_target *)(uintptr_t)strtoull(request->locator, NULL, 16);
    memscan_status status = begin(fake, FAKE_OPEN, error);
    if (!(request->access & MEMSCAN_READ) || request->read_timeout_ms == 0 || !request->allocator)
        breach(fake, "open was told too little");
    fake_state *opened = NULL;
    if (!status) {
        opened = ms_alloc(request->allocator, sizeof *opened);
        if (!opened)
            status = fail(error, MEMSCAN_NO_MEMORY, "out of memory");
    }
    if (!status) {
        *opened = (fake_state){ fake, request->access, request->allocator };
        *state = opened;
        fake->counts.open_states++;
    }
    return end(fake, FAKE_OPEN, status);
}

static void platform_close(void *state)
{
    fake_state *opened = state;
    ms_mutex_lock(opened->fake->lock);
    opened->fake->counts.open_states--;
    if (opened->fake->readers || opened->fake->others)
        breach(opened->fake, "closed in the middle of an operation");
    ms_mutex_unlock(opened->fake->lock);
    ms_free(opened->allocator, opened, sizeof *opened);
}

static memscan_status platform_facts(void *state, memscan_platform_facts *facts, memscan_error *error)
{
    fake_state *opened = state;
    fake_target *fake = opened->fake;
    memscan_status status = begin(fake, FAKE_FACTS, error);
    if (!status) {
        facts->target.pid = 4321;
        facts->target.start_time = 99;
        facts->target.highest_address = fake->settings.layout.pointer_width == 4 ? UINT32_MAX : UINT64_MAX;
        facts->target.page_size = fake->settings.page_size;
        facts->target.layout = fake->settings.layout;
        facts->target.writable = (opened->access & MEMSCAN_WRITE) != 0;
        snprintf(facts->target.name, sizeof facts->target.name, "fake");
        facts->capabilities = fake->settings.capabilities;
        facts->max_readers = fake->settings.max_readers;
        facts->best_read_size = fake->settings.best_read_size;
    }
    return end(fake, FAKE_FACTS, status);
}

static memscan_status platform_alive(void *state, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_ALIVE, error);
    return end(fake, FAKE_ALIVE, status);
}

static memscan_status platform_regions(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                       memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_REGIONS, error);
    for (size_t i = seek(fake, from); i < fake->live_count && !status; i++)
        if (visit(&fake->live[i]->region, context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    return end(fake, FAKE_REGIONS, status);
}

/* What is not going to be read is shown as what may block. */
static memscan_status platform_regions_about(void *state, const memscan_range *ranges, size_t count,
                                             memscan_region_fn *visit, void *context, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_REGIONS, error);
    size_t at = 0;
    for (size_t i = 1; i < count; i++)
        if (ranges[i].start <= ranges[i - 1].last)
            breach(fake, "a map about ranges that do not ascend");
    for (size_t i = 0; i < fake->live_count && !status; i++) {
        memscan_region region = fake->live[i]->region;
        while (at < count && ranges[at].last < region.start)
            at++;
        if (at == count || ranges[at].start > region.start + (region.size - 1))
            region.flags |= MEMSCAN_REGION_MAY_BLOCK;
        if (visit(&region, context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    }
    return end(fake, FAKE_REGIONS, status);
}

static void copy_out(const fake_target *fake, const fake_region *region, uint64_t address, size_t size, uint8_t *out)
{
    if (region->bytes) {
        memcpy(out, region->bytes + (address - region->region.start), size);
        return;
    }
    memset(out, 0, size);
    for (size_t i = 0; i < fake->plant_count; i++)
        if (fake->plants[i].address >= address && fake->plants[i].address - address < size)
            out[fake->plants[i].address - address] = fake->plants[i].byte;
}

/* Reading one page as a system does: what it moves becomes resident, or it says why not. */
static memscan_outcome read_page(fake_target *fake, fake_region *region, size_t page, memscan_source source)
{
    uint8_t *state = &region->states[page];
    if (source == MEMSCAN_FROM_BACKING) {
        if (*state != MEMSCAN_PAGE_FILE && *state != MEMSCAN_PAGE_SHARED)
            breach(fake, "the backing was asked for a page that is not absent");
        return region->closed[page];
    }
    if (region->holes[page])
        return region->holes[page];
    if (region->region.protection == 0 || *state == MEMSCAN_PAGE_GUARD)
        return MEMSCAN_PROTECTED;
    if (*state == MEMSCAN_PAGE_BLOCKED)
        return MEMSCAN_BLOCKED;
    if (*state == MEMSCAN_PAGE_SWAPPED)
        fake->counts.swapped_in++;
    else if (*state != MEMSCAN_PAGE_RESIDENT && *state != MEMSCAN_PAGE_UNKNOWN)
        fake->counts.touched++;
    if (*state != MEMSCAN_PAGE_UNKNOWN)
        *state = MEMSCAN_PAGE_RESIDENT;
    return MEMSCAN_WHOLE;
}

static void check_transfer(fake_target *fake, const memscan_transfer *transfer)
{
    if (transfer->size == 0 || transfer->address > UINT64_MAX - (transfer->size - 1))
        breach(fake, "a transfer of no bytes, or one that wraps");
    if (transfer->done || transfer->outcome)
        breach(fake, "answers that were not zeroed");
    if (transfer->source == MEMSCAN_FROM_BACKING && !transfer->region)
        breach(fake, "the backing of no region");
    const memscan_region *region = transfer->region;
    if (region &&
        (transfer->address < region->start || transfer->address - region->start > region->size - transfer->size))
        breach(fake, "a transfer that leaves its region");
}

static void read_one(fake_target *fake, memscan_transfer *transfer)
{
    uint64_t page_size = fake->settings.page_size;
    check_transfer(fake, transfer);
    while (transfer->done < transfer->size) {
        uint64_t at = transfer->address + transfer->done;
        fake_region *region = region_of(fake, at);
        if (!region) {
            transfer->outcome = MEMSCAN_NOT_MAPPED;
            return;
        }
        uint64_t offset = at - region->region.start;
        size_t length = (size_t)(page_size - (at & (page_size - 1)));
        if (length > region->region.size - offset)
            length = (size_t)(region->region.size - offset);
        if (length > transfer->size - transfer->done)
            length = transfer->size - transfer->done;
        size_t page = (size_t)((at / page_size) - (region->region.start / page_size));
        transfer->outcome = read_page(fake, region, page, transfer->source);
        if (transfer->outcome)
            return;
        copy_out(fake, region, at, length, (uint8_t *)transfer->buffer + transfer->done);
        transfer->done += length;
        fake->counts.bytes += length;
    }
}

static memscan_status platform_read(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_READ, error);
    if (count == 0)
        breach(fake, "a read of nothing");
    fake->counts.transfers += count;
    for (size_t i = 0; i < count && !status; i++)
        read_one(fake, &transfers[i]);
    return end(fake, FAKE_READ, status);
}

/* As `read`; and a target that is gone still answers, with bytes that are nobody's. */
static memscan_status platform_read_unproved(void *state, memscan_transfer *transfers, size_t count,
                                             memscan_error *error)
{
    memscan_error untold;
    memscan_status status = platform_read(state, transfers, count, &untold);
    for (size_t i = 0; i < count && status == MEMSCAN_GONE; i++) {
        memset(transfers[i].buffer, FAKE_NOBODYS, transfers[i].size);
        transfers[i].done = transfers[i].size;
        transfers[i].outcome = MEMSCAN_WHOLE;
    }
    if (status != MEMSCAN_OK && status != MEMSCAN_GONE && error)
        *error = untold;
    return status == MEMSCAN_GONE ? MEMSCAN_OK : status;
}

static memscan_outcome write_page(const fake_target *fake, const fake_region *region, size_t page)
{
    if (region->refused[page])
        return region->refused[page];
    if (region->region.protection & MEMSCAN_PROT_WRITE)
        return MEMSCAN_WHOLE;
    if ((region->region.flags & MEMSCAN_REGION_SHARED) || fake->settings.refuse_force)
        return MEMSCAN_PROTECTED;
    return MEMSCAN_WHOLE;
}

static void write_one(fake_target *fake, memscan_transfer *transfer)
{
    uint64_t page_size = fake->settings.page_size;
    check_transfer(fake, transfer);
    if (fake->write_count < MOST_WRITES)
        fake->writes[fake->write_count++] = (fake_write){ transfer->address, transfer->size };
    while (transfer->done < transfer->size) {
        uint64_t at = transfer->address + transfer->done;
        fake_region *region = region_of(fake, at);
        if (!region || !region->bytes) {
            transfer->outcome = MEMSCAN_NOT_MAPPED;
            return;
        }
        size_t page = (size_t)((at / page_size) - (region->region.start / page_size));
        transfer->outcome = write_page(fake, region, page);
        if (transfer->outcome)
            return;
        uint64_t offset = at - region->region.start;
        size_t length = (size_t)(page_size - (at & (page_size - 1)));
        if (length > transfer->size - transfer->done)
            length = transfer->size - transfer->done;
        memcpy(region->bytes + offset, (const uint8_t *)transfer->buffer + transfer->done, length);
        region->states[page] = MEMSCAN_PAGE_RESIDENT;
        transfer->done += length;
    }
}

static memscan_status platform_write(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    fake_state *opened = state;
    memscan_status status = begin(opened->fake, FAKE_WRITE, error);
    if (!(opened->access & MEMSCAN_WRITE))
        breach(opened->fake, "a write to a target that was not opened for it");
    for (size_t i = 0; i < count && !status; i++)
        write_one(opened->fake, &transfers[i]);
    return end(opened->fake, FAKE_WRITE, status);
}

static memscan_status platform_modules(void *state, memscan_module_fn *visit, void *context, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_MODULES, error);
    for (size_t i = 0; i < fake->module_count && !status; i++)
        if (visit(&fake->modules[i], context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    return end(fake, FAKE_MODULES, status);
}

static memscan_status platform_threads(void *state, memscan_thread_fn *visit, void *context, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_THREADS, error);
    for (size_t i = 0; i < fake->thread_count && !status; i++)
        if (visit(&fake->threads[i], context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    return end(fake, FAKE_THREADS, status);
}

static memscan_status platform_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error)
{
    static const memscan_ability told[] = { { "read", 1, "", "" },
                                            { "absent-shared", 0, "it is a fake", "write a real platform" } };
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_ABILITIES, error);
    for (size_t i = 0; i < 2 && !status; i++)
        if (visit(&told[i], context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    return end(fake, FAKE_ABILITIES, status);
}

static void tell_states(const fake_target *fake, const fake_region *region, uint64_t start, uint64_t last,
                        memscan_extent *extents, size_t capacity, size_t *count)
{
    uint64_t page_size = fake->settings.page_size, first_page = region->region.start / page_size;
    for (uint64_t page = start / page_size; page <= last / page_size; page++) {
        memscan_page_state state = region->states[page - first_page];
        memscan_extent *before = *count ? &extents[*count - 1] : NULL;
        if (before && before->state == state) {
            before->size += page_size;
            continue;
        }
        if (*count == capacity)
            return;
        extents[(*count)++] = (memscan_extent){ page * page_size, page_size, state };
    }
}

static memscan_status platform_residency(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                         memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_RESIDENCY, error);
    if (last < start || start < region->start || last - region->start > region->size - 1 || capacity == 0)
        breach(fake, "residency of bytes outside the region, or without room for an answer");
    if (start % fake->settings.page_size)
        breach(fake, "residency from the middle of a page");
    const fake_region *here = region_of(fake, start);
    if (!status && here)
        tell_states(fake, here, start,
                    last < here->region.start + (here->region.size - 1) ? last
                                                                        : here->region.start + (here->region.size - 1),
                    extents, capacity, count);
    else if (!status)
        extents[(*count)++] = (memscan_extent){ start, last - start + 1, MEMSCAN_PAGE_UNKNOWN };
    return end(fake, FAKE_RESIDENCY, status);
}

/* It neither fails nor counts as an operation: no answer is one, too. */
static void platform_resident(void *state, const memscan_range *ranges, size_t count, uint8_t *resident)
{
    fake_target *fake = ((fake_state *)state)->fake;
    uint64_t page_size = fake->settings.page_size;
    ms_mutex_lock(fake->lock);
    fake->counts.asked_many++;
    for (size_t i = 0; i < count && fake->settings.knows_many; i++) {
        if (ranges[i].last < ranges[i].start ||
            (i && (ranges[i].start < ranges[i - 1].start || ranges[i].last < ranges[i - 1].last)))
            breach(fake, "resident asked of ranges that do not ascend");
        const fake_region *here = region_of(fake, ranges[i].start);
        bool there = here && ranges[i].last - here->region.start < here->region.size;
        uint64_t first = there ? here->region.start / page_size : 0;
        for (uint64_t page = ranges[i].start / page_size; there && page <= ranges[i].last / page_size; page++)
            there = here->states[page - first] == MEMSCAN_PAGE_RESIDENT;
        resident[i] = there;
    }
    ms_mutex_unlock(fake->lock);
}

static memscan_status platform_identity(void *state, memscan_identity *identity, memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_IDENTITY, error);
    if (!status)
        *identity = fake->identity;
    return end(fake, FAKE_IDENTITY, status);
}

/* Whether a page holds what it held at `since`; it is remembered as it is now. It knows by comparing: what was written
 * and is the same again counts as unwritten, which is as true. */
static bool track_page(fake_target *fake, fake_region *region, size_t page, uint64_t since)
{
    size_t page_size = (size_t)fake->settings.page_size, offset = page * page_size;
    uint8_t *now = region->bytes + offset, *then = region->tracked + offset, state = region->states[page];
    bool told = since && region->since[page] == since && !memcmp(now, then, page_size) && !region->holes[page] &&
                (state == MEMSCAN_PAGE_RESIDENT || state == MEMSCAN_PAGE_SWAPPED);
    memcpy(then, now, page_size);
    region->since[page] = fake->point;
    if (told && fake->settings.track_silence && fake->counts.unwritten % fake->settings.track_silence == 0)
        told = false;
    fake->counts.unwritten += told;
    return told;
}

static bool track_range(fake_target *fake, const memscan_track_range *range, uint64_t since, memscan_extent_fn *visit,
                        void *context)
{
    uint64_t page_size = fake->settings.page_size;
    fake_region *region = region_of(fake, range->start);
    if (range->start % page_size || (range->last + 1) % page_size || range->last < range->start)
        breach(fake, "tracking is asked of pages that are not whole");
    if (!region || !region->bytes || (region->region.flags & MEMSCAN_REGION_SHARED))
        return true;
    if (!region->tracked) {
        region->tracked = calloc(1, (size_t)region->region.size);
        region->since = calloc(page_count(fake, &region->region), sizeof *region->since);
    }
    for (uint64_t at = range->start; at - 1 < range->last && at - region->region.start < region->region.size;
         at += page_size) {
        size_t page = (size_t)((at - region->region.start) / page_size);
        memscan_extent told = { at, page_size, (memscan_page_state)region->states[page] };
        if (track_page(fake, region, page, since) && visit(&told, context))
            return false;
    }
    return true;
}

static memscan_status platform_track(void *state, uint8_t lasting, const memscan_track_range *ranges, size_t count,
                                     memscan_track_point *point, memscan_extent_fn *visit, void *context,
                                     memscan_error *error)
{
    fake_target *fake = ((fake_state *)state)->fake;
    memscan_status status = begin(fake, FAKE_TRACK, error);
    uint64_t since = point->word[0] == fake->point ? fake->point : 0;
    *point = (memscan_track_point){ { 0 } };
    if (!status && lasting && fake->settings.no_lasting)
        status = fail(error, MEMSCAN_NOT_SUPPORTED, "the fake forgets its points");
    if (!status)
        fake->point++;
    for (size_t i = 0; i < count && !status; i++) {
        if (i && ranges[i].start <= ranges[i - 1].last)
            breach(fake, "ranges to be tracked that are not ascending");
        if (!track_range(fake, &ranges[i], since, visit, context))
            status = fail(error, MEMSCAN_STOPPED, "stopped");
    }
    if (!status)
        point->word[0] = fake->point;
    return end(fake, FAKE_TRACK, status);
}

static void platform_untrack(void *state)
{
    fake_target *fake = ((fake_state *)state)->fake;
    fake->counts.untracked++;
    fake_lose_track(fake);
}

const memscan_platform fake_platform = {
    .size = sizeof(memscan_platform),
    .name = "fake",
    .scheme = "fake",
    .list = platform_list,
    .describe = platform_describe,
    .self = platform_self,
    .open = platform_open,
    .close = platform_close,
    .facts = platform_facts,
    .alive = platform_alive,
    .regions = platform_regions,
    .read = platform_read,
    .write = platform_write,
    .modules = platform_modules,
    .threads = platform_threads,
    .abilities = platform_abilities,
    .residency = platform_residency,
    .resident = platform_resident,
    .read_unproved = platform_read_unproved,
    .identity = platform_identity,
    .track = platform_track,
    .untrack = platform_untrack,
    .regions_about = platform_regions_about,
};
