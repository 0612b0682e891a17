/* bytes.h - unaligned and swapped loads and stores. */
#ifndef MS_BYTES_H
#define MS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ms_swap16(uint16_t x)
{
    return (uint16_t)(x << 8 | x >> 8);
}
static inline uint32_t ms_swap32(uint32_t x)
{
    return x << 24 | (x & 0xff00u) << 8 | (x >> 8 & 0xff00u) | x >> 24;
}
static inline uint64_t ms_swap64(uint64_t x)
{
    return (uint64_t)ms_swap32((uint32_t)x) << 32 | ms_swap32((uint32_t)(x >> 32));
}

static inline uint16_t ms_load16(const void *p)
{
    uint16_t x;
    memcpy(&x, p, sizeof x);
    return x;
}
static inline uint32_t ms_load32(const void *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}
static inline uint64_t ms_load64(const void *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* The bytes of a number of this width the other way round. */
static inline uint64_t ms_swap_uint(uint64_t value, size_t width)
{
    return ms_swap64(value) >> (64 - 8 * width);
}

static inline bool ms_host_is_big_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 0;
}

/* The same eight bytes mean the same number on every machine. */
static inline uint64_t ms_load_little64(const void *p)
{
    uint64_t x = ms_load64(p);
    return ms_host_is_big_endian() ? ms_swap64(x) : x;
}

static inline void ms_store_little64(void *p, uint64_t x)
{
    if (ms_host_is_big_endian())
        x = ms_swap64(x);
    memcpy(p, &x, sizeof x);
}

/* Its highest byte first. */
static inline void ms_store_big64(void *p, uint64_t x)
{
    ms_store_little64(p, ms_swap64(x));
}

/* The unsigned integer of 1, 2, 4 or 8 bytes at `p`, in the given byte order, whatever our own is. */
static inline uint64_t ms_load_uint(const void *p, size_t width, int big_endian)
{
    uint64_t value = width == 8   ? ms_load64(p)
                     : width == 4 ? ms_load32(p)
                     : width == 2 ? ms_load16(p)
                                  : *(const uint8_t *)p;
    return (big_endian != 0) == ms_host_is_big_endian() ? value : ms_swap_uint(value, width);
}

static inline void ms_store_uint(void *p, uint64_t value, size_t width, int big_endian)
{
    uint8_t *bytes = p;
    for (size_t i = 0; i < width; i++) {
        bytes[big_endian ? width - 1 - i : i] = (uint8_t)value;
        value >>= 8;
    }
}

#endif
