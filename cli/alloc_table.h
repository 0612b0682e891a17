/* alloc_table.h - the table of allocations: a line for each, its bytes, a tab, its nanoseconds; and more columns when
 * more is wanted. */
#ifndef CLI_ALLOC_TABLE_H
#define CLI_ALLOC_TABLE_H

#include <memscan/recording.h>

#include <stdbool.h>
#include <stdio.h>

#define CLI_ALLOC_ROOM (256u * 1024)

typedef struct cli_alloc_table {
    FILE *file;       /* NULL: no table is wanted */
    bool full;        /* all columns; and frees have lines too */
    uint64_t written; /* bytes that are in the file for sure */
    size_t length;    /* whole lines that wait */
    int failed;       /* errno of the first write that failed; 0: none */
    char lines[CLI_ALLOC_ROOM];
} cli_alloc_table;

/* `freed`: the bytes of a block that a free frees. Once a write failed nothing more is written. */
void cli_alloc_table_add(cli_alloc_table *table, const memscan_allocation *allocation, uint64_t freed);
/* Writes what waits; where the file could not take it, ends it behind its last whole line. */
void cli_alloc_table_flush(cli_alloc_table *table);

#endif
