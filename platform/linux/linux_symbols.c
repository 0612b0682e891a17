/* linux_symbols.c - the symbols of modules, by libdw (elfutils): those of the module's own file, else those of its separate
 * debug file below /usr/lib/debug, found by the build id.
 *
 * The file is the one behind the mapping, opened as linux_backing.c opens files, and libdw reads it with pread: a file
 * that is cut while we look at it must not end us (a mapped one would, by SIGBUS). Nothing is fetched from the network.
 * Symbols are indexed once a module; the texts are libdw's and live as long as its session. libdw is opened when a symbol
 * is first asked for (linux_library.h); libelf's functions are found in it, since it stands on that. */
#define _GNU_SOURCE
#include "linux_absent.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

#include "../../libmemscan/base/array.h"
#include "../../libmemscan/base/error.h"
#include "linux_library.h"

enum { MODULES_MOST = 128 };

typedef struct indexed_symbol {
    uint64_t address, size;
    const char *name;
    bool is_local;
} indexed_symbol;

/* A module whose file was looked into; symbols.count 0: it has none, or its file is not to be had. */
typedef struct symbol_module {
    uint64_t base, size, inode;
    Dwfl *session; /* NULL: none */
    bool opened;
    ms_array symbols; /* of indexed_symbol, ascending */
} symbol_module;

#define CALLS(with)                                                                                                    \
    with(elf_begin) with(elf_version) with(dwfl_begin) with(dwfl_build_id_find_debuginfo) with(dwfl_end)               \
        with(dwfl_module_getelf) with(dwfl_module_getsym_info) with(dwfl_module_getsymtab) with(dwfl_module_info)      \
            with(dwfl_report_begin) with(dwfl_report_end) with(dwfl_report_module)

typedef struct libdw {
    CALLS(MS_LIBRARY_POINTER)
} libdw;

static const linux_library library = { "cannot read symbols", "libdw1" };

struct linux_symbols {
    libdw dw;
    Dwfl_Callbacks callbacks; /* every session's */
    ms_array modules;         /* of symbol_module */
    size_t oldest;            /* makes place when there are too many */
};

/* ---- what libdw asks us ---- */

typedef struct elf_source {
    linux_target *target; /* its symbols are there */
    const memscan_region *head;
} elf_source;

static int find_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **file_name, Elf **elf)
{
    const elf_source *source = *user;
    (void)module, (void)name, (void)base, (void)file_name;
    int fd = ms_linux_backing_file(source->target, source->head);
    *elf = fd >= 0 ? source->target->symbols->dw.elf_begin(fd, ELF_C_READ, NULL) : NULL;
    return fd;
}

/* ---- one module ---- */

static int by_address(const void *a, const void *b)
{
    const indexed_symbol *first = a, *second = b;
    if (first->address != second->address)
        return first->address < second->address ? -1 : 1;
    return (first->size > second->size) - (first->size < second->size);
}

static bool is_place(const GElf_Sym *symbol)
{
    int type = GELF_ST_TYPE(symbol->st_info);
    return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx != SHN_ABS && type != STT_SECTION && type != STT_FILE &&
           type != STT_TLS;
}

static bool add_symbols(const libdw *dw, symbol_module *module, Dwfl_Module *told)
{
    int count = dw->dwfl_module_getsymtab(told);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = dw->dwfl_module_getsym_info(told, i, &symbol, &address, NULL, NULL, NULL);
        if (!name || !*name || !is_place(&symbol) || address - module->base >= module->size)
            continue;
        indexed_symbol *added = ms_array_push(&module->symbols);
        if (!added)
            return false;
        *added = (indexed_symbol){ address, symbol.st_size, name, GELF_ST_BIND(symbol.st_info) == STB_LOCAL };
    }
    if (module->symbols.count)
        qsort(module->symbols.items, module->symbols.count, sizeof(indexed_symbol), by_address);
    return true;
}

static bool open_module(linux_target *target, const memscan_region *head, symbol_module *module)
{
    const libdw *dw = &target->symbols->dw;
    elf_source source = { target, head };
    void **user;
    GElf_Addr bias;
    dw->elf_version(EV_CURRENT);
    module->session = dw->dwfl_begin(&target->symbols->callbacks);
    if (!module->session)
        return false;
    dw->dwfl_report_begin(module->session);
    Dwfl_Module *told = dw->dwfl_report_module(module->session, "module", module->base, module->base + module->size);
    dw->dwfl_report_end(module->session, NULL, NULL);
    if (!told || !dw->dwfl_module_info(told, &user, NULL, NULL, NULL, NULL, NULL, NULL))
        return told != NULL;
    *user = &source;
    module->opened = dw->dwfl_module_getelf(told, &bias) != NULL;
    bool enough = !module->opened || add_symbols(dw, module, told);
    *user = NULL;
    return enough;
}

static void close_module(const libdw *dw, symbol_module *module)
{
    if (module->session)
        dw->dwfl_end(module->session);
    ms_array_deinit(&module->symbols);
}

/* ---- the modules that were asked for ---- */

/* Readies target->symbols. */
static memscan_status symbols_open(linux_target *target, memscan_error *error)
{
    if (target->symbols)
        return MEMSCAN_OK;
    struct linux_symbols *symbols = ms_alloc(target->allocator, sizeof *symbols);
    if (!symbols)
        return ms_fail_memory(error);
    memscan_status status = MS_LIBRARY_FILL(&library, CALLS, &symbols->dw, error);
    if (status) {
        ms_free(target->allocator, symbols, sizeof *symbols);
        return status;
    }
    symbols->callbacks =
        (Dwfl_Callbacks){ .find_elf = find_elf, .find_debuginfo = symbols->dw.dwfl_build_id_find_debuginfo };
    ms_array_init(&symbols->modules, target->allocator, sizeof(symbol_module));
    symbols->oldest = 0;
    target->symbols = symbols;
    return MEMSCAN_OK;
}

void ms_linux_symbols_close(linux_target *target)
{
    struct linux_symbols *symbols = target->symbols;
    if (!symbols)
        return;
    for (size_t i = 0; i < symbols->modules.count; i++)
        close_module(&symbols->dw, ms_array_at(&symbols->modules, i));
    ms_array_deinit(&symbols->modules);
    ms_free(target->allocator, symbols, sizeof *symbols);
    target->symbols = NULL;
}

static symbol_module *place_for_module(struct linux_symbols *symbols)
{
    if (symbols->modules.count < MODULES_MOST)
        return ms_array_push(&symbols->modules);
    symbol_module *module = ms_array_at(&symbols->modules, symbols->oldest);
    symbols->oldest = (symbols->oldest + 1) % MODULES_MOST;
    close_module(&symbols->dw, module);
    return module;
}

/* NULL: memory ran out. */
static symbol_module *module_of(linux_target *target, const memscan_module *about, const memscan_region *head)
{
    struct linux_symbols *symbols = target->symbols;
    for (size_t i = 0; i < symbols->modules.count; i++) {
        symbol_module *known = ms_array_at(&symbols->modules, i);
        if (known->base == about->base && known->size == about->size && known->inode == head->inode)
            return known;
    }
    symbol_module *module = place_for_module(symbols);
    if (!module)
        return NULL;
    *module = (symbol_module){ .base = about->base, .size = about->size, .inode = head->inode };
    ms_array_init(&module->symbols, target->allocator, sizeof(indexed_symbol));
    if (open_module(target, head, module))
        return module;
    module->size = 0; /* half of it: never found again */
    return NULL;
}

static memscan_status look_into(linux_target *target, const memscan_module *about, const memscan_region *head,
                                symbol_module **module, memscan_error *error)
{
    memscan_status status = symbols_open(target, error);
    if (status)
        return status;
    if (!(*module = module_of(target, about, head)))
        return ms_fail_memory(error);
    if (!(*module)->opened)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "the module's file cannot be read, or holds no ELF symbols");
    if (!(*module)->symbols.count)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "the module's file has no symbols");
    return MEMSCAN_OK;
}

/* ---- questions ---- */

static void tell(const indexed_symbol *found, memscan_symbol *symbol)
{
    *symbol = (memscan_symbol){ .address = found->address, .size = found->size, .is_local = found->is_local };
    size_t length = strlen(found->name);
    memcpy(symbol->name, found->name, length < sizeof symbol->name ? length : sizeof symbol->name - 1);
}

/* The last symbol that begins at or below the address and covers it; of several at one place one that others see. Without
 * one, a symbol that has no size (assembly) covers what lies behind it up to the next symbol. */
static const indexed_symbol *find_cover(const symbol_module *module, uint64_t address)
{
    enum { LOOKED_AT_MOST = 256 };
    const indexed_symbol *items = module->symbols.items, *best = NULL;
    size_t low = 0, high = module->symbols.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i-- > 0 && low - i < LOOKED_AT_MOST;) {
        const indexed_symbol *at = &items[i];
        if (best && at->address != best->address)
            break;
        if (address - at->address < at->size && (!best || (best->is_local && !at->is_local)))
            best = at;
    }
    if (!best && low && !items[low - 1].size)
        best = &items[low - 1];
    return best;
}

memscan_status ms_linux_symbol_at(void *state, const memscan_module *module, const memscan_region *head,
                                  uint64_t address, memscan_symbol *symbol, memscan_error *error)
{
    symbol_module *about;
    memscan_status status = look_into(state, module, head, &about, error);
    if (status)
        return status;
    const indexed_symbol *found = find_cover(about, address);
    if (!found)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "no symbol covers this address");
    tell(found, symbol);
    return MEMSCAN_OK;
}

memscan_status ms_linux_symbols_named(void *state, const memscan_module *module, const memscan_region *head,
                                      const char *name, memscan_symbol_fn *visit, void *context, memscan_error *error)
{
    symbol_module *about;
    memscan_status status = look_into(state, module, head, &about, error);
    for (size_t i = 0; !status && i < about->symbols.count; i++) {
        const indexed_symbol *at = ms_array_at(&about->symbols, i);
        memscan_symbol symbol;
        if (strcmp(at->name, name) != 0)
            continue;
        tell(at, &symbol);
        if (visit(&symbol, context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    }
    return status;
}
