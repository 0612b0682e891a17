/* contract_fake.c - the contract on the fake platform: the tests of everything above stand on it, so it must be a
 * platform like any other. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "fake_platform.h"

enum { PAGE = 4096, PATTERN = 4 * PAGE };

static const memscan_platform *const platforms[] = { &fake_platform, NULL };
static fake_target *fake;
static uint8_t patterns[3][PATTERN];
static uint8_t *bytes[3]; /* as they stand in the target */
static char locator[64];
static contract_truth truth;

static void end(void)
{
    fake_die_at(fake, 1);
}

static void look(uint64_t address, uint8_t *out, size_t size)
{
    for (size_t i = 0; i < 3; i++)
        if (address >= truth.places[i].address && address - truth.places[i].address < PATTERN)
            memcpy(out, bytes[i] + (address - truth.places[i].address), size);
}

static void add_place(uint64_t address, uint32_t protection, memscan_kind kind, uint32_t flags)
{
    size_t index = truth.place_count++;
    contract_fill(patterns[index], PATTERN, index);
    bytes[index] = fake_map(fake, address, PATTERN, protection, kind);
    memcpy(bytes[index], patterns[index], PATTERN);
    fake_describe(fake, address, flags, flags ? "/some/file" : "");
    truth.places[index] = (contract_place){ address, PATTERN, patterns[index], protection, kind, flags };
}

const contract_truth *contract_begin(void)
{
    enum { R = MEMSCAN_PROT_READ, W = MEMSCAN_PROT_WRITE, X = MEMSCAN_PROT_EXECUTE };
    static const fake_process process = { { .pid = 4321, .name = "fake", .owner = "nobody" }, "/bin/fake", "fake" };
    fake = fake_create();
    snprintf(locator, sizeof locator, "fake:%" PRIxPTR, (uintptr_t)fake);
    truth = (contract_truth){ .locator = locator,
                              .platforms = platforms,
                              .page_size = PAGE,
                              .layout = { 8, 0 },
                              .read_only_shared = 2,
                              .no_access = 0x600000,
                              .untouched = 0x500000,
                              .look = look,
                              .end = end };
    add_place(0x100000, R | W, MEMSCAN_KIND_HEAP, 0);
    add_place(0x200000, R | X, MEMSCAN_KIND_CODE, MEMSCAN_REGION_FILE);
    add_place(0x300000, R, MEMSCAN_KIND_SHARED, MEMSCAN_REGION_SHARED);
    fake_map_sparse(fake, 0x500000, 16 * PAGE, R | W, MEMSCAN_KIND_ANON);
    fake_pages(fake, 0x501000, PAGE, MEMSCAN_PAGE_RESIDENT);
    fake_map(fake, 0x600000, PAGE, 0, MEMSCAN_KIND_GUARD);
    fake_add_module(fake, 0x200000, PATTERN, "/some/file");
    fake_add_thread(fake, 1, 'S', "fake");
    fake_set_processes(&process, 1, 99);
    return &truth;
}

void contract_finish(void)
{
    fake_destroy(fake);
}
