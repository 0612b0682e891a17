/* checksum.c - XXH64, seed 0: four lanes of 8 bytes, then the rest, then an avalanche. Little-endian by
 * definition, so that files mean the same on every machine. */
#include "checksum.h"

#include "bytes.h"

static const uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu, prime3 = 0x165667B19E3779F9u,
                      prime4 = 0x85EBCA77C2B2AE63u, prime5 = 0x27D4EB2F165667C5u;

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline uint64_t mix(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * prime2, 31) * prime1;
}

static inline uint64_t merge(uint64_t hash, uint64_t lane)
{
    return (hash ^ mix(0, lane)) * prime1 + prime4;
}

uint64_t ms_checksum(const void *bytes, size_t length)
{
    const uint8_t *at = bytes, *end = at + length;
    uint64_t hash = prime5;
    if (length >= 32) {
        uint64_t lanes[4] = { prime1 + prime2, prime2, 0, 0 - prime1 };
        for (; end - at >= 32; at += 32)
            for (int i = 0; i < 4; i++)
                lanes[i] = mix(lanes[i], ms_load_little64(at + 8 * i));
        hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
        for (int i = 0; i < 4; i++)
            hash = merge(hash, lanes[i]);
    }
    hash += length;
    for (; end - at >= 8; at += 8)
        hash = rotate(hash ^ mix(0, ms_load_little64(at)), 27) * prime1 + prime4;
    for (; end - at >= 4; at += 4)
        hash = rotate(hash ^ ms_load_uint(at, 4, 0) * prime1, 23) * prime2 + prime3;
    for (; at < end; at++)
        hash = rotate(hash ^ *at * prime5, 11) * prime1;
    hash = (hash ^ hash >> 33) * prime2;
    hash = (hash ^ hash >> 29) * prime3;
    return hash ^ hash >> 32;
}
