/* fuzz.h - what a fuzz target is: one function that takes any bytes and comes back. It stops the program when something
 * that must hold does not. libFuzzer brings the main program, or driver_plain.c does, which replays corpus files. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(what)                                                                                               \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A copy of exactly `size` bytes, so that AddressSanitizer sees a step beyond the end. */
static inline void *fuzz_copy(const void *data, size_t size)
{
    void *copy = malloc(size ? size : 1);
    FUZZ_CHECK(copy);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* The text up to the first NUL, ended by one; *rest and *rest_size become what follows it. */
static inline char *fuzz_text(const uint8_t *data, size_t size, const uint8_t **rest, size_t *rest_size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    char *text = malloc(length + 1);
    FUZZ_CHECK(text);
    if (length)
        memcpy(text, data, length);
    text[length] = '\0';
    *rest = end ? end + 1 : data + size;
    *rest_size = end ? size - length - 1 : 0;
    return text;
}

/* An error record is one printable line, with a hint where the caller can do better. */
#define FUZZ_CHECK_ERROR(error, returned)                                                                              \
    do {                                                                                                               \
        FUZZ_CHECK((error).status == (returned) && (error).text[0]);                                                   \
        for (const char *c = (error).text; *c; c++)                                                                    \
            FUZZ_CHECK((unsigned char)*c >= ' ');                                                                      \
        for (const char *c = (error).hint; *c; c++)                                                                    \
            FUZZ_CHECK((unsigned char)*c >= ' ');                                                                      \
    } while (0)

#endif
