/* contract_linux.c - the contract on Linux: a child that lays out its memory and says where, and what stands in it. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "live_child.h"

enum { PAGE = 4096, PATTERN = 4 * PAGE };

/* Shared with the child, so that it can say what it sees without any help of memscan's. */
typedef struct mailbox {
    uint64_t address;
    size_t size;
    uint8_t bytes[64];
} mailbox;

static mailbox *box;
static live_child child;
static uint8_t patterns[3][PATTERN];
static char locator[32];
static contract_truth truth;

/* Each between pages without access, so that the kernel joins none of them to a neighbour. told: the three places,
 * of which the first is before a hole, then untouched memory and memory without access. */
static void prepare(uint64_t told[16])
{
    static const int protections[] = { PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC, PROT_READ };
    for (size_t i = 0; i < 3; i++) {
        int sharing = i == 2 ? MAP_SHARED : MAP_PRIVATE;
        uint8_t *room = mmap(NULL, PATTERN + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uint8_t *bytes = mmap(room + PAGE, PATTERN, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        contract_fill(bytes, PATTERN, i);
        mprotect(bytes, PATTERN, protections[i]);
        munmap(bytes + PATTERN, PAGE);
        told[i] = (uintptr_t)bytes;
    }
    uint8_t *room = mmap(NULL, 18 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(room, 18 * PAGE, MADV_NOHUGEPAGE);
    mprotect(room + PAGE, 16 * PAGE, PROT_READ | PROT_WRITE);
    room[2 * PAGE] = 1;
    told[3] = (uintptr_t)(room + PAGE);
    told[4] = (uintptr_t)room;
}

static void obey(char letter, uint64_t told[16])
{
    (void)told;
    if (letter == 'l')
        memcpy(box->bytes, (const void *)(uintptr_t)box->address, box->size);
}

static void look(uint64_t address, uint8_t *bytes, size_t size)
{
    ck_assert_uint_le(size, sizeof box->bytes);
    box->address = address;
    box->size = size;
    live_child_tell(&child, 'l');
    memcpy(bytes, box->bytes, size);
}

static void end(void)
{
    siginfo_t info;
    kill(child.pid, SIGKILL);
    ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
}

const contract_truth *contract_begin(void)
{
    enum { R = MEMSCAN_PROT_READ, W = MEMSCAN_PROT_WRITE, X = MEMSCAN_PROT_EXECUTE };
    box = mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    child = live_child_start(prepare, obey);
    snprintf(locator, sizeof locator, "pid:%d", (int)child.pid);
    for (size_t i = 0; i < 3; i++)
        contract_fill(patterns[i], PATTERN, i);
    truth = (contract_truth){
        .locator = locator,
        .page_size = (uint64_t)sysconf(_SC_PAGESIZE),
        .layout = { sizeof(void *), 0 },
        .places = { { child.told[0], PATTERN, patterns[0], R | W, MEMSCAN_KIND_ANON, 0 },
                    { child.told[1], PATTERN, patterns[1], R | X, MEMSCAN_KIND_ANON, 0 },
                    { child.told[2], PATTERN, patterns[2], R, MEMSCAN_KIND_SHARED,
                      MEMSCAN_REGION_SHARED | MEMSCAN_REGION_FILE /* "/dev/zero" */ } },
        .place_count = 3,
        .read_only_shared = 2,
        .no_access = child.told[4],
        .untouched = child.told[3],
        .look = look,
        .end = end,
    };
    return &truth;
}

void contract_finish(void)
{
    live_child_end(&child);
    munmap(box, sizeof *box);
}
