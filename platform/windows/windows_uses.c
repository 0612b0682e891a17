/* windows_uses.c - what private memory is for.
 *
 * Only the process's own records are read: the blocks that the system keeps in every process and that are always
 * there. Toolhelp's heap walk is not used: it starts a thread in the process that is looked at. The places of the
 * fields are those of Microsoft's public symbols and have not moved since Windows Vista; a record that does not fit
 * yields no use, never a wrong one, because a use counts only where an allocation begins exactly there. */
#include "windows_uses.h"

#include <stdio.h>

#include "../../libmemscan/base/bytes.h"
#include "../../libmemscan/base/error.h"

/* Where the fields are, by the width of the process's pointers. */
typedef struct block_layout {
    uint32_t image, parameters, process_heap, heap_count, heaps; /* in the process's block */
    uint32_t command_line;                                       /* in the parameters: length 2, capacity 2, pointer */
    uint32_t stack_allocation;                                   /* in a thread's block */
} block_layout;
static const block_layout layout32 = { 0x08, 0x10, 0x18, 0x88, 0x90, 0x40, 0xe0c };
static const block_layout layout64 = { 0x10, 0x20, 0x30, 0xe8, 0xf0, 0x70, 0x1478 };

enum { HEAPS_MOST = 1024 };

/* Of NtQueryInformationProcess and NtQueryInformationThread. */
enum { PROCESS_BASIC = 0, PROCESS_WOW64 = 26, THREAD_BASIC = 0 };
typedef struct process_basic {
    LONG exit_status;
    PVOID block;
    ULONG_PTR affinity;
    LONG priority;
    ULONG_PTR id, parent;
} process_basic;
typedef struct thread_basic {
    LONG exit_status;
    PVOID block;
    PVOID process, thread;
    ULONG_PTR affinity;
    LONG priority, base_priority;
} thread_basic;

static const block_layout *layout_of(const windows_target *target)
{
    return target->pointer_width == 4 ? &layout32 : &layout64;
}

static bool peek_pointer(const windows_target *target, uint64_t address, uint64_t *value)
{
    uint8_t bytes[8];
    if (!ms_windows_peek(target, address, bytes, target->pointer_width))
        return false;
    *value = ms_load_uint(bytes, target->pointer_width, 0);
    return true;
}

/* A 32-bit process on a 64-bit system has two blocks; the one that its own code sees is asked for. */
static uint64_t process_block(const windows_target *target)
{
    if (!target->calls.process_information)
        return 0;
    if (target->pointer_width < sizeof(void *)) {
        ULONG_PTR block = 0;
        LONG status = target->calls.process_information(target->process, PROCESS_WOW64, &block, sizeof block, NULL);
        return status >= 0 ? block : 0;
    }
    process_basic basic = { 0 };
    LONG status = target->calls.process_information(target->process, PROCESS_BASIC, &basic, sizeof basic, NULL);
    return status >= 0 ? (uintptr_t)basic.block : 0;
}

static bool add_use(windows_uses *uses, uint64_t allocation_base, memscan_kind kind, const char *name, uint64_t number)
{
    if (ms_windows_uses_find(uses, allocation_base))
        return true;
    windows_use *use = ms_array_push(&uses->items);
    if (!use)
        return false;
    use->allocation_base = allocation_base;
    use->kind = kind;
    if (number)
        snprintf(use->name, sizeof use->name, "[%s:%llu]", name, (unsigned long long)number);
    else
        snprintf(use->name, sizeof use->name, "[%s]", name);
    return true;
}

static bool add_heaps(windows_uses *uses, const windows_target *target)
{
    const block_layout *layout = layout_of(target);
    uint64_t block = process_block(target), heap = 0, list = 0;
    uint8_t count_bytes[4];
    if (!block)
        return true;
    if (peek_pointer(target, block + layout->process_heap, &heap) && heap &&
        !add_use(uses, heap, MEMSCAN_KIND_HEAP, "heap", 0))
        return false;
    if (!ms_windows_peek(target, block + layout->heap_count, count_bytes, sizeof count_bytes) ||
        !peek_pointer(target, block + layout->heaps, &list))
        return true;
    uint64_t count = ms_load_uint(count_bytes, sizeof count_bytes, 0);
    for (uint64_t i = 0; i < count && i < HEAPS_MOST; i++)
        if (peek_pointer(target, list + i * target->pointer_width, &heap) && heap &&
            !add_use(uses, heap, MEMSCAN_KIND_HEAP, "heap", i + 1))
            return false;
    return true;
}

uint64_t ms_windows_load_address(const windows_target *target)
{
    uint64_t block = process_block(target), address = 0;
    return block && peek_pointer(target, block + layout_of(target)->image, &address) ? address : 0;
}

bool ms_windows_command_line_at(const windows_target *target, uint64_t *address, uint64_t *length)
{
    const block_layout *layout = layout_of(target);
    uint64_t block = process_block(target), parameters = 0;
    uint8_t bytes[2];
    if (!block || !peek_pointer(target, block + layout->parameters, &parameters) || !parameters ||
        !ms_windows_peek(target, parameters + layout->command_line, bytes, sizeof bytes))
        return false;
    *length = ms_load_uint(bytes, sizeof bytes, 0);
    return peek_pointer(target, parameters + layout->command_line + target->pointer_width, address) && *address;
}

/* The 64-bit block of a 32-bit thread begins with the address of its 32-bit block. */
static uint64_t own_block(const windows_target *target, uint64_t block)
{
    uint8_t bytes[8];
    if (target->pointer_width == sizeof(void *))
        return block;
    return ms_windows_peek(target, block, bytes, sizeof bytes) ? ms_load_uint(bytes, sizeof bytes, 0) : 0;
}

static uint64_t thread_block(const windows_target *target, uint32_t id)
{
    thread_basic basic = { 0 };
    HANDLE thread = OpenThread(THREAD_QUERY_INFORMATION, FALSE, id);
    if (!thread)
        return 0;
    LONG status = target->calls.thread_information(thread, THREAD_BASIC, &basic, sizeof basic, NULL);
    CloseHandle(thread);
    return status >= 0 && basic.block ? own_block(target, (uintptr_t)basic.block) : 0;
}

typedef struct stack_walk {
    windows_uses *uses;
    const windows_target *target;
    bool first, out_of_memory;
} stack_walk;

/* The oldest thread is the one that the program began with. */
static bool add_stack(uint32_t id, void *context)
{
    stack_walk *walk = context;
    uint64_t block = thread_block(walk->target, id), stack = 0;
    if (block && peek_pointer(walk->target, block + layout_of(walk->target)->stack_allocation, &stack) && stack)
        walk->out_of_memory = !add_use(walk->uses, stack, MEMSCAN_KIND_STACK, "stack", walk->first ? 0 : id);
    walk->first = false;
    return !walk->out_of_memory;
}

typedef struct stacks_walk {
    const windows_target *target;
    memscan_stack_fn *visit;
    void *context;
    bool stopped;
} stacks_walk;

/* The highest byte of its stack, by what the thread's block says of the stack that it runs on. Stack pointers are in no
 * call that does not stop the thread. */
static bool show_stack(uint32_t id, void *context)
{
    stacks_walk *walk = context;
    uint64_t block = thread_block(walk->target, id), end = 0;
    memscan_stack stack = { .thread = id };
    if (block && peek_pointer(walk->target, block + walk->target->pointer_width, &end) && end)
        stack.home = end - 1;
    walk->stopped = walk->visit(&stack, walk->context) != 0;
    return !walk->stopped;
}

memscan_status ms_windows_stacks(void *state, memscan_stack_fn *visit, void *context, memscan_error *error)
{
    stacks_walk walk = { state, visit, context, false };
    if (walk.target->calls.thread_information)
        ms_windows_each_thread(walk.target->pid, show_stack, &walk);
    return walk.stopped ? ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor") : ms_windows_alive(state, error);
}

typedef struct first_stack {
    const windows_target *target;
    uint64_t address;
} first_stack;

static bool take_first_stack(uint32_t id, void *context)
{
    first_stack *first = context;
    uint64_t block = thread_block(first->target, id);
    if (block && !peek_pointer(first->target, block + layout_of(first->target)->stack_allocation, &first->address))
        first->address = 0;
    return false;
}

uint64_t ms_windows_stack_address(const windows_target *target)
{
    first_stack first = { target, 0 };
    if (target->calls.thread_information)
        ms_windows_each_thread(target->pid, take_first_stack, &first);
    return first.address;
}

bool ms_windows_each_thread(uint64_t pid, bool (*visit)(uint32_t thread, void *context), void *context)
{
    THREADENTRY32 entry = { .dwSize = sizeof entry };
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    if (list == INVALID_HANDLE_VALUE)
        return false;
    for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry))
        if (entry.th32OwnerProcessID == pid && !visit(entry.th32ThreadID, context))
            break;
    CloseHandle(list);
    return true;
}

memscan_status ms_windows_uses_take(windows_uses *uses, const windows_target *target, memscan_error *error)
{
    stack_walk walk = { uses, target, true, false };
    ms_array_init(&uses->items, target->allocator, sizeof(windows_use));
    bool enough = add_heaps(uses, target);
    if (enough && target->calls.thread_information)
        ms_windows_each_thread(target->pid, add_stack, &walk);
    if (enough && !walk.out_of_memory)
        return MEMSCAN_OK;
    ms_windows_uses_deinit(uses);
    return ms_fail_memory(error);
}

void ms_windows_uses_deinit(windows_uses *uses)
{
    ms_array_deinit(&uses->items);
}

const windows_use *ms_windows_uses_find(const windows_uses *uses, uint64_t allocation_base)
{
    for (size_t i = 0; i < uses->items.count; i++) {
        const windows_use *use = ms_array_at(&uses->items, i);
        if (use->allocation_base == allocation_base)
            return use;
    }
    return NULL;
}
