/* linux_kinds.c - kinds, in one pass from the lowest mapping to the highest.
 *
 * The invariant: modules are found first, from their head, and take their mappings with them; every other mapping is
 * judged by its own line and at most one neighbour. Each mapping is looked at a bounded number of times, however the
 * target laid them out. Where the rules come from: the names, fs/proc/task_mmu.c and proc_pid_maps(5); arenas, glibc
 * malloc/arena.c (HEAP_MAX_SIZE); thread stacks, glibc nptl/allocatestack.c (a guard below the stack); images under
 * Wine, where sections are anonymous copies unless the file is page-aligned. */
#include "linux_kinds.h"

#include <string.h>

#include "../../libmemscan/base/glibc_arena.h"

static uint64_t end_of(const memscan_region *region)
{
    return region->start + region->size;
}

static bool begins(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

typedef struct name_rule {
    const char *prefix;
    linux_name_class class;
} name_rule;

/* The first prefix that fits decides. */
static linux_name_class by_prefix(const char *name, const name_rule *rules, size_t count, linux_name_class otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (begins(name, rules[i].prefix))
            return rules[i].class;
    return otherwise;
}

#define BY_PREFIX(name, rules, otherwise) by_prefix(name, rules, sizeof(rules) / sizeof(rules)[0], otherwise)

static const name_rule anonymous_rules[] = {
    { "[heap]", LINUX_NAME_HEAP },
    { "[stack", LINUX_NAME_STACK },      /* [stack:TID] before Linux 4.5 */
    { "[vvar", LINUX_NAME_KERNEL_DATA }, /* [vvar_vclock] since Linux 6.13 */
    { "[vsyscall]", LINUX_NAME_KERNEL_DATA },
    { "[anon_shmem:", LINUX_NAME_SHARED },
    { "[anon: glibc: malloc", LINUX_NAME_HEAP }, /* glibc.mem.decorate_maps */
    { "[anon: glibc: pthread stack", LINUX_NAME_STACK },
    { "[anon:libc_malloc", LINUX_NAME_HEAP }, /* Android */
    { "[anon:scudo:", LINUX_NAME_HEAP },
    { "[anon:stack_and_tls:", LINUX_NAME_STACK },
    { "[anon:.bss]", LINUX_NAME_BSS },
    { "[anon", LINUX_NAME_NONE },
    { "[", LINUX_NAME_KERNEL }, /* [vdso], [uprobes], [sigpage], [vectors] */
};

static const name_rule deleted_rules[] = {
    { "/memfd:", LINUX_NAME_SHARED },        { "/SYSV", LINUX_NAME_SHARED },      { "/dev/zero", LINUX_NAME_SHARED },
    { "/anon_hugepage", LINUX_NAME_SHARED }, { "/secretmem", LINUX_NAME_SHARED }, { "/[aio]", LINUX_NAME_SHARED },
    { "/drm mm object", LINUX_NAME_SHARED }, { "/i915", LINUX_NAME_SHARED },      { "/dev/ashmem", LINUX_NAME_SHARED },
    { "/dev/shm/", LINUX_NAME_ORDINARY },
};

static const name_rule file_rules[] = {
    { "/dev/shm/", LINUX_NAME_ORDINARY },    { "/dev/hugepages/", LINUX_NAME_ORDINARY },
    { "/dev/mqueue/", LINUX_NAME_ORDINARY }, { "/dev/", LINUX_NAME_DEVICE },
    { "/sys/", LINUX_NAME_DEVICE },          { "/proc/", LINUX_NAME_DEVICE },
    { "anon_inode:", LINUX_NAME_DEVICE },    { "socket:", LINUX_NAME_DEVICE },
    { "/dmabuf:", LINUX_NAME_DEVICE },
};

linux_name_class ms_linux_name_class(const memscan_region *region)
{
    bool shared = region->flags & MEMSCAN_REGION_SHARED, deleted = region->flags & MEMSCAN_REGION_DELETED;
    if (!*region->name)
        return shared ? LINUX_NAME_SHARED : LINUX_NAME_NONE;
    if (!(region->flags & MEMSCAN_REGION_FILE))
        return BY_PREFIX(region->name, anonymous_rules, shared ? LINUX_NAME_SHARED : LINUX_NAME_NONE);
    if (!shared && !strcmp(region->name, "/dev/zero"))
        return LINUX_NAME_NONE; /* a private mapping of it is plain anonymous memory (null(4)) */
    linux_name_class class = LINUX_NAME_ORDINARY;
    if (deleted)
        class = BY_PREFIX(region->name, deleted_rules, LINUX_NAME_ORDINARY);
    return class == LINUX_NAME_ORDINARY ? BY_PREFIX(region->name, file_rules, class) : class;
}

/* ------------------------------------------------------------------------------------------------ modules */

static bool same_file(const memscan_region *a, const memscan_region *b)
{
    return a->flags & b->flags & MEMSCAN_REGION_FILE && a->inode == b->inode && a->device_major == b->device_major &&
           a->device_minor == b->device_minor && !strcmp(a->name, b->name);
}

/* Memory without a file that may be part of an image: its bss, or a section that was copied. */
static bool is_filler(const memscan_region *region)
{
    linux_name_class class = ms_linux_name_class(region);
    return !(region->flags & MEMSCAN_REGION_SHARED) && (class == LINUX_NAME_NONE || class == LINUX_NAME_BSS);
}

/* Devices are never modules; nameless shared memory is one only where it is mapped privately (fexecve of a memfd). */
static bool may_be_module(const memscan_region *head)
{
    linux_name_class class = ms_linux_name_class(head);
    if (!(head->flags & MEMSCAN_REGION_FILE))
        return false;
    return class == LINUX_NAME_ORDINARY || (class == LINUX_NAME_SHARED && !(head->flags & MEMSCAN_REGION_SHARED));
}

/* Without the head's word: the mappings of the file with ascending offsets, and the memory directly behind. */
static size_t count_by_shape(const memscan_region *regions, size_t count, size_t at)
{
    size_t i = at + 1;
    for (; i < count; i++) {
        const memscan_region *last = &regions[i - 1], *region = &regions[i];
        if (same_file(&regions[at], region)) {
            if (region->file_offset < last->file_offset && same_file(last, region))
                break;
        } else if (!is_filler(region) || region->start != end_of(last) || !same_file(last, &regions[at])) {
            break;
        } else if (!(last->protection & MEMSCAN_PROT_WRITE) || !(region->protection & MEMSCAN_PROT_WRITE)) {
            if (i + 1 == count || !same_file(&regions[at], &regions[i + 1]) || region->protection)
                break; /* neither bss behind data nor an inaccessible gap between segments */
        }
    }
    return i - at;
}

/* With the head's word: everything within the image's extent that is not some other thing's. The head may lie, so
 * it is believed for a bounded number of mappings. */
static size_t count_by_extent(const memscan_region *regions, size_t count, size_t at, uint64_t end)
{
    enum { MOST = 1024 };
    size_t i = at + 1;
    while (i < count && i - at < MOST && regions[i].start < end &&
           (same_file(&regions[at], &regions[i]) || is_filler(&regions[i])))
        i++;
    return i - at;
}

static bool any_executable(const memscan_region *regions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (regions[i].protection & MEMSCAN_PROT_EXECUTE)
            return true;
    return false;
}

static bool ask_image(const memscan_region *regions, size_t count, size_t at, const linux_kind_hints *hints,
                      linux_image *image)
{
    const memscan_region *head = &regions[at];
    *image = (linux_image){ 0 };
    return hints->image && head->file_offset == 0 && head->protection & MEMSCAN_PROT_READ &&
           (head->protection & MEMSCAN_PROT_EXECUTE || (at + 1 < count && regions[at + 1].start == end_of(head))) &&
           hints->image(head, image, hints->context) && image->size && image->size <= UINT64_MAX - head->start;
}

/* True: a module. run->count is how many regions were looked at, in both cases: none of them begins another. */
bool ms_linux_module_at(const memscan_region *regions, size_t count, size_t at, const linux_kind_hints *hints,
                        linux_module_run *run)
{
    *run = (linux_module_run){ .first = at, .count = 1 };
    const memscan_region *head = &regions[at];
    if (!may_be_module(head))
        return false;
    uint64_t end = UINT64_MAX;
    if (ask_image(regions, count, at, hints, &run->image)) {
        end = head->start + run->image.size;
        run->count = count_by_extent(regions, count, at, end);
    }
    if (end == UINT64_MAX || !any_executable(regions + at, run->count)) {
        end = UINT64_MAX;
        run->image = (linux_image){ 0 };
        run->count = count_by_shape(regions, count, at);
    }
    const memscan_region *last = &regions[at + run->count - 1];
    run->end = end < end_of(last) && !(last->flags & MEMSCAN_REGION_FILE) ? end : end_of(last);
    return any_executable(regions + at, run->count);
}

static memscan_kind kind_in_module(const memscan_region *region, linux_image_format format)
{
    if (region->protection & MEMSCAN_PROT_EXECUTE)
        return MEMSCAN_KIND_CODE;
    if (!region->protection)
        return MEMSCAN_KIND_GUARD;
    if (!(region->protection & MEMSCAN_PROT_WRITE))
        return MEMSCAN_KIND_RODATA;
    bool copied = format == LINUX_IMAGE_PE || region->flags & MEMSCAN_REGION_FILE;
    return copied ? MEMSCAN_KIND_DATA : MEMSCAN_KIND_BSS;
}

/* ------------------------------------------------------------------------------------------------ the rest */

static bool is_guard(const memscan_region *region)
{
    return !region->protection && !(region->flags & MEMSCAN_REGION_FILE);
}

static bool is_plain(const memscan_region *region)
{
    return (region->protection & (MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE)) == (MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE);
}

/* An arena of glibc's begins where its reservation is aligned to its whole size, and the rest of the reservation
 * follows without access. Neighbouring arenas, and the tail with the next guard, may have been joined. */
static bool is_arena(const memscan_region *regions, size_t count, size_t at, unsigned pointer_width)
{
    uint64_t whole = ms_glibc_arena_block(pointer_width);
    const memscan_region *arena = &regions[at], *tail = &regions[at + 1];
    if (arena->start % whole || !is_plain(arena))
        return false;
    uint64_t limit = end_of(arena) + (whole - end_of(arena) % whole) % whole;
    return at + 1 < count && is_guard(tail) && tail->start == end_of(arena) && end_of(tail) >= limit;
}

/* A stack as the thread library makes them: memory above a guard. The guard may be a piece without access or, since
 * Linux 6.13, invisible here. */
static bool is_thread_stack(const memscan_region *regions, size_t at, const linux_kind_hints *hints)
{
    const memscan_region *stack = &regions[at];
    if (!at || !is_plain(stack) || !hints->is_stack)
        return false;
    const memscan_region *guard = &regions[at - 1];
    return is_guard(guard) && end_of(guard) == stack->start && hints->is_stack(stack, hints->context);
}

/* What is larger than an arena and has a stack pointer in it is the stack that it looks like. */
static memscan_kind kind_of_plain(const memscan_region *regions, size_t count, size_t at, const linux_kind_hints *hints)
{
    if (is_arena(regions, count, at, hints->pointer_width) &&
        (regions[at].size <= ms_glibc_arena_block(hints->pointer_width) || !is_thread_stack(regions, at, hints)))
        return MEMSCAN_KIND_HEAP;
    return is_thread_stack(regions, at, hints) ? MEMSCAN_KIND_STACK : MEMSCAN_KIND_ANON;
}

static memscan_kind kind_of_file(const memscan_region *region, const linux_kind_hints *hints)
{
    bool in_memory = begins(region->name, "/dev/shm/") || (hints->is_memory && region->flags & MEMSCAN_REGION_SHARED &&
                                                           hints->is_memory(region, hints->context));
    return in_memory && region->flags & MEMSCAN_REGION_SHARED ? MEMSCAN_KIND_SHARED : MEMSCAN_KIND_FILE;
}

/* Private memory of huge pages: the kernel keeps a file behind it that nobody else can map (mm/hugetlb.c). */
static bool is_own_huge(const memscan_region *region)
{
    return !(region->flags & MEMSCAN_REGION_SHARED) && begins(region->name, "/anon_hugepage");
}

static memscan_kind kind_alone(const memscan_region *regions, size_t count, size_t at, const linux_kind_hints *hints)
{
    const memscan_region *region = &regions[at];
    linux_name_class class = ms_linux_name_class(region);
    if (class == LINUX_NAME_DEVICE && hints->is_regular && hints->is_regular(region, hints->context))
        class = LINUX_NAME_ORDINARY;
    if (!region->protection && class != LINUX_NAME_KERNEL_DATA)
        return MEMSCAN_KIND_GUARD;
    switch (class) {
    case LINUX_NAME_ORDINARY: return kind_of_file(region, hints);
    case LINUX_NAME_SHARED: return is_own_huge(region) ? MEMSCAN_KIND_ANON : MEMSCAN_KIND_SHARED;
    case LINUX_NAME_DEVICE:
    case LINUX_NAME_KERNEL_DATA: return MEMSCAN_KIND_DEVICE;
    case LINUX_NAME_KERNEL: return MEMSCAN_KIND_VDSO;
    case LINUX_NAME_HEAP: return MEMSCAN_KIND_HEAP;
    case LINUX_NAME_STACK: return MEMSCAN_KIND_STACK;
    case LINUX_NAME_BSS: return MEMSCAN_KIND_BSS;
    case LINUX_NAME_NONE: break;
    }
    return kind_of_plain(regions, count, at, hints);
}

void ms_linux_kinds_set(memscan_region *regions, size_t count, const linux_kind_hints *hints)
{
    for (size_t at = 0; at < count;) {
        linux_module_run run;
        bool module = ms_linux_module_at(regions, count, at, hints, &run);
        for (size_t i = at; i < at + run.count; i++) {
            regions[i].kind =
                module ? kind_in_module(&regions[i], run.image.format) : kind_alone(regions, count, i, hints);
            if (regions[i].kind == MEMSCAN_KIND_STACK && !strcmp(regions[i].name, "[stack]"))
                regions[i].flags |= MEMSCAN_REGION_GROWS_DOWN;
            /* Wine copies most sections into memory without a name: they are the module's all the same. */
            if (module && run.image.format == LINUX_IMAGE_PE && !*regions[i].name)
                regions[i].name = regions[at].name;
        }
        at += run.count;
    }
}
