/* table.c - aligned columns. A cell is as wide as its code points are many. */
#include "table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void drop_cells(cli_table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    table->cell_count = 0;
}

void cli_table_begin(cli_table *table, const cli_column *columns, size_t column_count)
{
    drop_cells(table);
    table->columns = columns;
    table->column_count = column_count;
}

void cli_table_add(cli_table *table, const char *text)
{
    if (table->cell_count == table->capacity) {
        size_t more = table->capacity == 0 ? 256 : table->capacity * 2;
        char **cells = realloc(table->cells, more * sizeof *cells);
        if (cells == NULL) {
            table->out_of_memory = true;
            return;
        }
        table->cells = cells;
        table->capacity = more;
    }
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (copy == NULL) {
        table->out_of_memory = true;
        return;
    }
    memcpy(copy, text, size);
    table->cells[table->cell_count++] = copy;
}

static void write_text(cli_printer *printer, const char *text)
{
    cli_out(printer, text, strlen(text));
}

static void write_padded(cli_printer *printer, const char *text, size_t width, bool right, bool last, const char *color)
{
    size_t own = width_of(text), blanks = own < width ? width - own : 0;
    for (size_t i = 0; right && i < blanks; i++)
        write_text(printer, " ");
    if (color != NULL && printer->color) {
        write_text(printer, "\033[");
        write_text(printer, color);
        write_text(printer, "m");
    }
    write_text(printer, text);
    if (color != NULL && printer->color)
        write_text(printer, "\033[0m");
    for (size_t i = 0; !right && !last && i < blanks; i++)
        write_text(printer, " ");
    write_text(printer, last ? "\n" : "  ");
}

static void write_plain(const cli_table *table, cli_printer *printer)
{
    for (size_t i = 0; i < table->cell_count; i++) {
        write_text(printer, table->cells[i]);
        write_text(printer, (i + 1) % table->column_count == 0 ? "\n" : "\t");
    }
}

static void write_aligned(const cli_table *table, cli_printer *printer)
{
    size_t widths[16] = { 0 }, count = table->column_count;
    for (size_t i = 0; i < count; i++)
        widths[i] = width_of(table->columns[i].title);
    assert(count > 0); /* cells belong to columns */
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = width_of(table->cells[i]);
        if (width > widths[i % count])
            widths[i % count] = width;
    }
    for (size_t i = 0; i < count; i++)
        write_padded(printer, table->columns[i].title, widths[i], table->columns[i].right, i + 1 == count, "2");
    for (size_t i = 0; i < table->cell_count; i++) {
        const cli_column *column = &table->columns[i % count];
        write_padded(printer, table->cells[i], widths[i % count], column->right, i % count + 1 == count, column->color);
    }
}

void cli_table_write(cli_table *table, cli_printer *printer)
{
    if (table->out_of_memory && printer->failed == 0)
        printer->failed = ENOMEM;
    if (table->cell_count > 0 && printer->plain)
        write_plain(table, printer);
    else if (table->cell_count > 0)
        write_aligned(table, printer);
    drop_cells(table);
}

void cli_table_deinit(cli_table *table)
{
    drop_cells(table);
    free(table->cells);
    memset(table, 0, sizeof *table);
}
