/* treasure.c - a program with one value worth changing: says its pid, waits for a line, says the value. */
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif

static volatile int32_t treasure = 489438026;

int main(void)
{
    prctl(PR_SET_PTRACER, (unsigned long)-1, 0, 0, 0); /* where Yama restricts: anyone of this user may look */
    printf("%ld\n", (long)getpid());
    fflush(stdout);
    if (getchar() == EOF)
        return 1;
    printf("%ld\n", (long)treasure);
    return 0;
}
