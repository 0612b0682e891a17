/* alloc_table.c - see alloc_table.h. Numbers are put together by hand: the table is written while the program runs, and
 * what is written too slowly is lost. */
#include "alloc_table.h"

#include <errno.h>

#include "files.h"

#define LONGEST_LINE 256u

static char *put_number(char *out, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

static char *put_address(char *out, uint64_t address)
{
    static const char hex[] = "0123456789abcdef";
    int shift = 60;
    *out++ = '0';
    *out++ = 'x';
    while (shift > 0 && address >> shift == 0)
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *out++ = hex[address >> shift & 15];
    return out;
}

static char *put_more(char *out, const memscan_allocation *a)
{
    const char *name = memscan_call_name(a->call);
    *out++ = '\t';
    out = put_number(out, a->start_ns);
    *out++ = '\t';
    out = put_number(out, a->process);
    *out++ = '\t';
    out = put_number(out, a->thread);
    *out++ = '\t';
    while (*name != '\0')
        *out++ = *name++;
    *out++ = '\t';
    out = put_address(out, a->address);
    *out++ = '\t';
    return put_address(out, a->from);
}

void cli_alloc_table_add(cli_alloc_table *table, const memscan_allocation *allocation, uint64_t freed)
{
    bool is_free = allocation->call == MEMSCAN_CALL_FREE;
    if (table->file == NULL || table->failed != 0 || (is_free && !table->full))
        return;
    if (table->length + LONGEST_LINE > sizeof table->lines) {
        cli_alloc_table_flush(table);
        if (table->failed != 0)
            return;
    }
    char *out = table->lines + table->length;
    out = put_number(out, is_free ? freed : allocation->bytes);
    *out++ = '\t';
    out = put_number(out, allocation->nanoseconds);
    if (table->full)
        out = put_more(out, allocation);
    *out++ = '\n';
    table->length = (size_t)(out - table->lines);
}

void cli_alloc_table_flush(cli_alloc_table *table)
{
    if (table->file == NULL || table->failed != 0 || table->length == 0)
        return;
    errno = 0;
    size_t put = fwrite(table->lines, 1, table->length, table->file);
    if (put == table->length && fflush(table->file) == 0) {
        table->written += table->length;
        table->length = 0;
        return;
    }
    table->failed = errno != 0 ? errno : EIO;
    cli_file_end_at_line(table->file, table->written, table->lines, table->length);
}
