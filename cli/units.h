/* units.h - numbers, sizes and times, as people write and read them. */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLI_SIZE_TEXT 24 /* room for any size as text */

/* "4.0 KiB", "512 B", "1.5 GiB": three digits at most, but for bytes. */
const char *cli_size_text(uint64_t bytes, char *out, size_t capacity);

/* "12 ns", "1.5 us", "230 ms", "4.0 s". */
const char *cli_duration_text(double nanoseconds, char *out, size_t capacity);
/* "12,345,678". */
const char *cli_count_text(uint64_t count, char *out, size_t capacity);

/* All of `text`, strictly: decimal, or hex with 0x. */
bool cli_parse_number(const char *text, uint64_t *number);
/* A number with or without K, M, G, T (also KiB, MiB ..., powers of 1024). */
bool cli_parse_size(const char *text, uint64_t *bytes);
/* 500ms, 10s, 2m, 1h, or bare seconds, with or without a fraction; at least 1 ms. */
bool cli_parse_time(const char *text, uint32_t *milliseconds);
/* 200, 200ns, 1.5us, 3ms, 2s: bare numbers are nanoseconds. */
bool cli_parse_duration(const char *text, double *nanoseconds);

#endif
