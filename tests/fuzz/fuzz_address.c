/* fuzz_address.c - any text as an address, resolved in a small target whose first region is the bytes behind the text's
 * NUL: pointers to follow, or not.
 *
 * Must hold: the target is only read; a plain number is that number; the same text leads to the same place twice, and a
 * pointer to that place leads there too. */
#include "fuzz.h"

#include <memscan/target.h>

#include "fake_platform.h"

enum { START = 0x10000, PAGE = 4096, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE };

static fake_target *fake;
static memscan_target *target;
static uint8_t *memory;

static void open_target(void)
{
    fake = fake_create();
    memory = fake_map(fake, START, PAGE, RW, MEMSCAN_KIND_DATA);
    fake_describe(fake, START, MEMSCAN_REGION_FILE, "/usr/games/mine");
    fake_map(fake, 0x20000, PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_describe(fake, 0x20000, 0, "[heap]");
    fake_map(fake, 0xfffffffffffff000, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_describe(fake, 0xfffffffffffff000, 0, "");
    fake_add_module(fake, START, PAGE, "/usr/games/mine");
    fake_add_module(fake, 0x30000, PAGE, "/lib/libmine-2.so");
    fake_add_module(fake, 0x40000, PAGE, "/opt/twice");
    fake_add_module(fake, 0x50000, PAGE, "/srv/twice");
    FUZZ_CHECK(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL) == MEMSCAN_OK);
}

static memscan_status resolve(const char *text, uint64_t *address)
{
    memscan_error error;
    memscan_status status = memscan_resolve(target, text, address, &error);
    if (status != MEMSCAN_OK) {
        FUZZ_CHECK(status == MEMSCAN_INVALID || status == MEMSCAN_LIMIT || status == MEMSCAN_NOT_SUPPORTED ||
                   status == MEMSCAN_NOT_FOUND || status == MEMSCAN_AMBIGUOUS || status == MEMSCAN_UNREADABLE);
        FUZZ_CHECK_ERROR(error, status);
    }
    return status;
}

static void check_number(const char *text, memscan_status status, uint64_t address)
{
    bool hex = text[0] == '0' && text[1] == 'x';
    const char *digits = hex ? text + 2 : text;
    size_t length = strlen(digits);
    if (!length || length > (hex ? 16u : 19u) || digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")])
        return;
    FUZZ_CHECK(status == MEMSCAN_OK && address == strtoull(digits, NULL, hex ? 16 : 10));
}

/* Puts a pointer to the place at the region's end and asks for what it leads to. */
static void check_pointer(uint64_t address)
{
    char path[64];
    uint64_t led;
    snprintf(path, sizeof path, "[0x%x]", START + PAGE - 8);
    for (int i = 0; i < 8; i++)
        memory[PAGE - 8 + i] = (uint8_t)(address >> 8 * i);
    FUZZ_CHECK(resolve(path, &led) == MEMSCAN_OK && led == address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    uint64_t address = 0, again = 0;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    if (!target)
        open_target();
    memset(memory, 0, PAGE);
    memcpy(memory, rest, rest_size < PAGE - 8 ? rest_size : PAGE - 8);
    memscan_status status = resolve(text, &address);
    FUZZ_CHECK(resolve(text, &again) == status && again == address);
    check_number(text, status, address);
    if (status == MEMSCAN_OK)
        check_pointer(address);
    FUZZ_CHECK(fake_counted(fake).breaches == 0 && fake_counted(fake).calls[FAKE_WRITE] == 0);
    free(text);
    return 0;
}
