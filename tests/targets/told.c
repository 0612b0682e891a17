/* told.c - a target with variables of known values, for debuggers: prints "ready" and waits for its input to end. */
#include <stdio.h>
#include <stdlib.h>

struct hero {
    int lives;
    char name[16];
    double depth;
} hero = { 42, "Dwarf", 2.5 };

int numbers[1000];
char mostly_untouched[64 << 20];
int *from_heap;

int main(void)
{
    from_heap = malloc(sizeof *from_heap);
    if (from_heap == NULL)
        return 1;
    *from_heap = 4711;
    numbers[5] = 77;
    mostly_untouched[5000] = 1;
    puts("ready");
    fflush(stdout);
    return getchar() != EOF;
}
