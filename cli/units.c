/* units.c - numbers, sizes and times, as people write and read them. */
#include "units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *cli_size_text(uint64_t bytes, char *out, size_t capacity)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]) { /* 1023.95 would read "1024.0" */
        amount /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(out, capacity, "%u B", (unsigned)bytes);
    else
        snprintf(out, capacity, "%.*f %s", amount < 99.95 ? 1 : 0, amount, units[unit]);
    return out;
}

const char *cli_duration_text(double nanoseconds, char *out, size_t capacity)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    double amount = nanoseconds;
    size_t unit = 0;
    while (amount >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) { /* 999.5 would read "1000" */
        amount /= 1000;
        unit++;
    }
    snprintf(out, capacity, "%.*f %s", unit == 0 || amount >= 99.95 ? 0 : 1, amount, units[unit]);
    return out;
}

const char *cli_count_text(uint64_t count, char *out, size_t capacity)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t at = 0;
    for (int i = 0; i < length && at + 2 < capacity; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

static int digit_of(char c, int base)
{
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : base;
    return digit < base ? digit : -1;
}

/* Reads digits and says where they end; NULL when there are none or they exceed 64 bits. */
static const char *read_number(const char *text, uint64_t *number)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    unsigned base = hex ? 16 : 10;
    const char *at = hex ? text + 2 : text, *first = at;
    uint64_t sum = 0;
    for (int digit; (digit = digit_of(*at, (int)base)) >= 0; at++) {
        if (sum > (UINT64_MAX - (unsigned)digit) / base)
            return NULL;
        sum = sum * base + (unsigned)digit;
    }
    *number = sum;
    return at == first ? NULL : at;
}

bool cli_parse_number(const char *text, uint64_t *number)
{
    const char *end = read_number(text, number);
    return end != NULL && *end == '\0';
}

bool cli_parse_size(const char *text, uint64_t *bytes)
{
    static const char letters[] = "KMGTkmgt";
    uint64_t number;
    const char *unit = read_number(text, &number);
    if (unit == NULL)
        return false;
    unsigned shift = 0;
    if (*unit != '\0') {
        const char *letter = strchr(letters, *unit);
        if (letter == NULL || (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0))
            return false;
        shift = 10 * (1 + (unsigned)(letter - letters) % 4);
    }
    if (number > UINT64_MAX >> shift)
        return false;
    *bytes = number << shift;
    return true;
}

/* A number with a fraction and the unit behind it, from a table of names and what they are worth. */
typedef struct unit {
    const char *name;
    double worth;
} unit;

static bool parse_with_unit(const char *text, const unit *units, size_t unit_count, double *number)
{
    double amount = 0, place = 1;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        amount = amount * 10 + (*at - '0');
    if (at == text)
        return false;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++)
            amount += (*at - '0') * (place /= 10);
    }
    for (size_t i = 0; i < unit_count; i++) {
        if (strcmp(at, units[i].name) == 0) {
            *number = amount * units[i].worth;
            return true;
        }
    }
    return false;
}

bool cli_parse_time(const char *text, uint32_t *milliseconds)
{
    static const unit units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
    double total;
    if (!parse_with_unit(text, units, sizeof units / sizeof units[0], &total) || total < 1 || total > UINT32_MAX)
        return false;
    *milliseconds = (uint32_t)total;
    return true;
}

bool cli_parse_duration(const char *text, double *nanoseconds)
{
    static const unit units[] = { { "", 1 }, { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };
    return parse_with_unit(text, units, sizeof units / sizeof units[0], nanoseconds);
}
