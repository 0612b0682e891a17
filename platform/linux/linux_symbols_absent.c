/* linux_symbols_absent.c - a build without libdw: addresses have modules and offsets, and no symbols. */
#include "linux_target.h"

#include "../../libmemscan/base/error.h"

static memscan_status not_here(memscan_error *error)
{
    return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this build reads no symbols: it was made without libdw (elfutils)");
}

memscan_status ms_linux_symbol_at(void *state, const memscan_module *module, const memscan_region *head,
                                  uint64_t address, memscan_symbol *symbol, memscan_error *error)
{
    (void)state, (void)module, (void)head, (void)address, (void)symbol;
    return not_here(error);
}

memscan_status ms_linux_symbols_named(void *state, const memscan_module *module, const memscan_region *head,
                                      const char *name, memscan_symbol_fn *visit, void *context, memscan_error *error)
{
    (void)state, (void)module, (void)head, (void)name, (void)visit, (void)context;
    return not_here(error);
}

void ms_linux_symbols_close(linux_target *target)
{
    (void)target;
}
