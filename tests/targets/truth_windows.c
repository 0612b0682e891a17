/* truth_windows.c - a Windows target that says what it has where: "WHAT ADDRESS" a line, then "module NAME BASE" as its
 * loader knows them, then "ready". Afterwards it answers, line by line:
 *   look ADDRESS SIZE     the bytes that stand there, in hex
 *   query ADDRESS         state, protection and type of the page, as VirtualQuery tells them, in hex
 *   run ADDRESS           what the function at ADDRESS returns
 * and ends with its standard input. It knows nothing of memscan; what it says, it asks of itself. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <fcntl.h>
#include <inttypes.h>
#include <io.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <tlhelp32.h>

enum { PAGE = 4096, BLOCK = 0x10000, STATIC_VALUE = 1234567, PRIVATE_VALUE = 7654321 };

static const char constant[4 * PAGE] = { 1 };
static char initialised[4 * PAGE] = { 1 };
static char zeroed[64 * PAGE];
static volatile int32_t static_value = STATIC_VALUE;
static volatile int32_t *private_value;
static const wchar_t wide_text[] = L"Gr\u00fc\u00dfe, \u4e16\u754c";

static void say(const char *what, const volatile void *address)
{
    printf("%s 0x%" PRIxPTR "\n", what, (uintptr_t)address);
}

/* The contract's filling (tests/contract/contract.h), told again here so that this file stands alone. */
static void fill(uint8_t *bytes, size_t size, size_t index)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((uint32_t)(i / 4 + index * size + 1) * 2654435761u >> 8 * (i % 4));
}

static uint8_t *hole;

/* A block behind which nothing is allocated once the hole is opened: at the very end, so that nothing falls into it. */
static uint8_t *block_before_hole(void)
{
    uint8_t *room = VirtualAlloc(NULL, 2 * BLOCK, MEM_RESERVE, PAGE_NOACCESS);
    VirtualFree(room, 0, MEM_RELEASE);
    hole = VirtualAlloc(room + BLOCK, BLOCK, MEM_RESERVE, PAGE_NOACCESS);
    return VirtualAlloc(room, BLOCK, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

static uint8_t *block_with(DWORD protection)
{
    return VirtualAlloc(NULL, BLOCK, MEM_RESERVE | MEM_COMMIT, protection);
}

static void make_patterns(void)
{
    DWORD before;
    uint8_t *writable = block_before_hole(), *code = block_with(PAGE_READWRITE);
    HANDLE section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, BLOCK, NULL);
    uint8_t *shared = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    fill(writable, BLOCK, 0);
    fill(code, BLOCK, 1);
    fill(shared, BLOCK, 2);
    VirtualProtect(code, BLOCK, PAGE_EXECUTE_READ, &before);
    say("pattern0", writable);
    say("pattern1", code);
    say("pattern2", MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
}

/* Private memory of every kind that a scanner can meet. */
static void make_blocks(void)
{
    DWORD before;
    /* mov eax, 41; ret: the same in 32 and in 64 bits */
    static const uint8_t answer[] = { 0xb8, 41, 0, 0, 0, 0xc3 };
    uint8_t *readonly = block_with(PAGE_READWRITE), *function = block_with(PAGE_EXECUTE_READWRITE);
    uint8_t *guarded = VirtualAlloc(NULL, 4 * BLOCK, MEM_RESERVE, PAGE_NOACCESS);
    fill(readonly, BLOCK, 3);
    VirtualProtect(readonly, BLOCK, PAGE_READONLY, &before);
    memcpy(function, answer, sizeof answer);
    VirtualProtect(function, BLOCK, PAGE_EXECUTE_READ, &before);
    VirtualAlloc(guarded, PAGE, MEM_COMMIT, PAGE_READWRITE);
    VirtualAlloc(guarded + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD);
    VirtualAlloc(guarded + 2 * PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE);
    say("readonly", readonly);
    say("function", function);
    say("guarded", guarded);
    say("guard", guarded + PAGE);
    say("reserved", guarded + BLOCK);
    say("noaccess", block_with(PAGE_NOACCESS));
}

static void map_own_file(void)
{
    wchar_t path[MAX_PATH];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE section = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    say("file", MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0));
}

static void say_modules(void)
{
    MODULEENTRY32W entry = { .dwSize = sizeof entry };
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, GetCurrentProcessId());
    for (BOOL more = Module32FirstW(list, &entry); more; more = Module32NextW(list, &entry))
        printf("module %ls 0x%" PRIxPTR "\n", entry.szModule, (uintptr_t)entry.modBaseAddr);
    CloseHandle(list);
}

static DWORD WINAPI run_thread(LPVOID started)
{
    char local;
    say("stack2", &local);
    printf("thread 0x%lx\n", (unsigned long)GetCurrentThreadId());
    SetEvent(started);
    Sleep(INFINITE);
    return 0;
}

static void start_thread(void)
{
    HANDLE started = CreateEventW(NULL, FALSE, FALSE, NULL);
    CreateThread(NULL, 0, run_thread, started, 0, NULL);
    WaitForSingleObject(started, INFINITE);
}

static void answer(const char *line)
{
    uintptr_t address = 0;
    unsigned size = 0;
    MEMORY_BASIC_INFORMATION memory;
    if (sscanf(line, "look 0x%" SCNxPTR " %u", &address, &size) == 2) {
        for (unsigned i = 0; i < size; i++)
            printf("%02x", ((const volatile uint8_t *)address)[i]);
        printf("\n");
    } else if (sscanf(line, "query 0x%" SCNxPTR, &address) == 1) {
        VirtualQuery((LPCVOID)address, &memory, sizeof memory);
        printf("%lx %lx %lx\n", memory.State, memory.Protect, memory.Type);
    } else if (sscanf(line, "run 0x%" SCNxPTR, &address) == 1) {
        int (*function)(void) = NULL;
        memcpy(&function, &address, sizeof function);
        printf("%d\n", function());
    } else {
        printf("?\n");
    }
}

int main(void)
{
    char local, line[128];
    _setmode(_fileno(stdout), _O_BINARY);
    private_value = HeapAlloc(GetProcessHeap(), 0, 64);
    *private_value = PRIVATE_VALUE;
    printf("pid 0x%lx\n", (unsigned long)GetCurrentProcessId());
    say("code", (const void *)(uintptr_t)&say);
    say("rodata", constant + sizeof constant / 2);
    say("data", initialised + sizeof initialised / 2);
    say("bss", zeroed + sizeof zeroed / 2);
    say("heap", private_value);
    say("stack", &local);
    say("static", &static_value);
    say("text", wide_text);
    make_patterns();
    make_blocks();
    map_own_file();
    say_modules();
    start_thread();
    VirtualFree(hole, 0, MEM_RELEASE);
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        answer(line);
        fflush(stdout);
    }
    return 0;
}
