/* table.h - rows of cells that are held until the widths of all columns are known, then written aligned. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "printer.h"

typedef struct cli_column {
    const char *title;
    bool right;        /* numbers stand at the right of their column */
    const char *color; /* an SGR parameter, or NULL */
} cli_column;

typedef struct cli_table {
    const cli_column *columns;
    size_t column_count;
    char **cells;
    size_t cell_count, capacity;
    bool out_of_memory;
} cli_table;

/* Begins a table; whatever it held is dropped. */
void cli_table_begin(cli_table *table, const cli_column *columns, size_t column_count);
/* The next cell, row by row. The text must be fit to print. */
void cli_table_add(cli_table *table, const char *text);
/* Writes all rows under a line of titles (plain: tabs and no titles) and empties the table. */
void cli_table_write(cli_table *table, cli_printer *printer);
void cli_table_deinit(cli_table *table);

#endif
