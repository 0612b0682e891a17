/* places.c - a target that says what it has where: "KIND ADDRESS" a line, then "module NAME BASE" and "build-id HEX" as
 * its loader knows them, then "ready". It waits until its standard input ends. Built for 64 and for 32 bits. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char constant[4096 * 4] = { 1 };
static char initialised[4096 * 4] = { 1 };
static char zeroed[4096 * 64];
static pthread_barrier_t started;
static int silent[2]; /* a pipe that nobody writes into */

static void say(const char *kind, const void *address)
{
    printf("%s 0x%" PRIxPTR "\n", kind, (uintptr_t)address);
}

static void code(void) {}

/* Of other C libraries' blocks nothing shows that they are a heap. */
static void say_block(const void *block)
{
#ifdef __GLIBC__
    say("heap", block);
#else
    (void)block;
#endif
}

/* Its first allocation makes an arena; glibc never takes it from the main heap. */
static void *run(void *argument)
{
    (void)argument;
    char local;
    char *block = malloc(1000);
    flockfile(stdout);
    say("stack", &local);
    say_block(block);
    funlockfile(stdout);
    pthread_barrier_wait(&started);
    while (read(silent[0], &local, 1) < 0)
        ;
    free(block);
    return NULL;
}

static int say_module(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    uintptr_t base = UINTPTR_MAX;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_addr + info->dlpi_phdr[i].p_vaddr < base)
            base = (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr) & ~(uintptr_t)4095;
    if (info->dlpi_name[0] == '/' || !*(int *)context)
        printf("module 0x%" PRIxPTR "\n", base);
    ++*(int *)context;
    return 0;
}

int main(void)
{
    pthread_t thread;
    char local, *block = malloc(1000);
    int count = 0;
    pthread_barrier_init(&started, NULL, 2);
    if (pipe(silent))
        return 1;
    say("code", (const void *)(uintptr_t)&code);
    say("rodata", constant + sizeof constant / 2);
    say("data", initialised + sizeof initialised / 2);
    say("bss", zeroed + sizeof zeroed / 2);
    say_block(block);
    say("stack", &local);
    say("shared", mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    say("guard", mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    dl_iterate_phdr(say_module, &count);
    pthread_create(&thread, NULL, run, NULL);
    pthread_barrier_wait(&started);
    printf("ready\n");
    fflush(stdout);
    return read(0, &local, 1) != 0;
}
