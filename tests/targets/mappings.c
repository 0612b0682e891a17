/* mappings.c N - a target of N mappings of many kinds and sizes, side by side; then "ready". It waits until its standard
 * input ends. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

int main(int argc, char **argv)
{
    enum { PAGE = 4096 };
    static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
                                       PROT_READ | PROT_WRITE | PROT_EXEC };
    static const size_t pages[] = { 1, 1, 3, 8, 2, 40, 1 };
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    char *at =
        mmap(NULL, count * 40 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < count; i++) {
        size_t size = pages[i % 7] * PAGE;
        if (i % 5 == 2)
            memset(at, 1, i % 2 ? size : PAGE);
        mprotect(at, size, protections[i % 5]);
        at += size;
    }
    puts("ready");
    fflush(stdout);
    return getchar() != EOF;
}
