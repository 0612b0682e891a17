/* large.c - 64 MiB that were touched, with one 0x5ca1ab1e at the beginning of each page, and 64 MiB that never were. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (64u << 20)

int main(void)
{
    uint8_t *touched = mmap(NULL, 2 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (touched == MAP_FAILED)
        return 1;
    /* No huge pages: the border between touched and untouched is a page's. */
    madvise(touched, 2 * SIZE, MADV_NOHUGEPAGE);
    for (size_t at = 0; at < SIZE; at += 4096)
        memcpy(touched + at, &(uint32_t){ 0x5ca1ab1e }, sizeof(uint32_t));
    printf("at %p\nready\n", (void *)touched);
    fflush(stdout);
    for (;;)
        pause();
}
