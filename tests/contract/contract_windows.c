/* contract_windows.c - the contract on Windows: a program that lays out its memory and says where, and what stands in
 * it (targets/truth_windows.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "windows_child.h"

enum { BLOCK = 0x10000 };

static windows_child child;
static uint8_t patterns[3][BLOCK];
static char locator[32];
static contract_truth truth;

static void look(uint64_t address, uint8_t *bytes, size_t size)
{
    char line[64], answer[256];
    snprintf(line, sizeof line, "look 0x%llx %zu", (unsigned long long)address, size);
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_uint_eq(strlen(answer), 2 * size);
    for (size_t i = 0; i < size; i++) {
        char digits[3] = { answer[2 * i], answer[2 * i + 1], '\0' };
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void end(void)
{
    windows_child_kill(&child);
}

/* Untouched pages are none of its promises: no Windows says which they are. */
const contract_truth *contract_begin(void)
{
    enum { R = MEMSCAN_PROT_READ, W = MEMSCAN_PROT_WRITE, X = MEMSCAN_PROT_EXECUTE };
    ck_assert(windows_child_start(&child, TRUTH_PROGRAM));
    snprintf(locator, sizeof locator, "pid:%llu", (unsigned long long)child.pid);
    for (size_t i = 0; i < 3; i++)
        contract_fill(patterns[i], BLOCK, i);
    truth = (contract_truth){
        .locator = locator,
        .page_size = 4096,
        .layout = { TRUTH_WIDTH, 0 },
        .places = { { windows_child_told(&child, "pattern0"), BLOCK, patterns[0], R | W, MEMSCAN_KIND_ANON, 0 },
                    { windows_child_told(&child, "pattern1"), BLOCK, patterns[1], R | X, MEMSCAN_KIND_ANON, 0 },
                    { windows_child_told(&child, "pattern2"), BLOCK, patterns[2], R, MEMSCAN_KIND_SHARED,
                      MEMSCAN_REGION_SHARED } },
        .place_count = 3,
        .read_only_shared = 2,
        .no_access = windows_child_told(&child, "noaccess"),
        .look = look,
        .end = end,
    };
    return &truth;
}

void contract_finish(void)
{
    windows_child_close(&child);
}
