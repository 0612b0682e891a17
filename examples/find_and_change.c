/* find_and_change PID OLD NEW - finds the one place in a running program that holds the int OLD, and writes NEW. */
#include <memscan/memscan.h>
#include <stdio.h>
#include <stdlib.h>

static int found(const memscan_match *match, void *address)
{
    *(uint64_t *)address = match->address;
    return 0; /* go on: a second match would mean that OLD does not tell the place */
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int32_t new_value = atoi(argv[3]);
    char locator[32];
    uint64_t address = 0;
    memscan_target *target = NULL;
    memscan_report report = { 0 };
    memscan_error error;

    snprintf(locator, sizeof locator, "pid:%s", argv[1]);
    memscan_status status = memscan_open(locator, MEMSCAN_WRITE, NULL, &target, &error);
    if (!status)
        status = memscan_find(target, argv[2], NULL, found, &address, &report, &error);
    if (!status && report.matches == 1)
        status = memscan_write(target, address, &new_value, sizeof new_value, NULL, &error);
    if (status)
        fprintf(stderr, "%s\n%s\n", error.text, error.hint);
    else
        printf("%s\n", report.matches == 1 ? "changed" : "not found in exactly one place");
    memscan_close(target);
    return status || report.matches != 1;
}
