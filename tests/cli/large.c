/* large.c [MIB] - 64 MiB (or MIB) that were touched, with one 0x5ca1ab1e at the beginning of each page, and as much that never was. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
    uint8_t *touched = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (touched == MAP_FAILED)
        return 1;
    /* No huge pages: the border between touched and untouched is a page's. */
    madvise(touched, 2 * size, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < size; at += 4096)
        memcpy(touched + at, &(uint32_t){ 0x5ca1ab1e }, sizeof(uint32_t));
    printf("at %p\nready\n", (void *)touched);
    fflush(stdout);
    for (;;)
        pause();
}
