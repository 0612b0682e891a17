/* needle.c - which two bytes of a needle to look for, and with which instructions.
 *
 * Any choice of the two bytes is correct; a rare pair is fast, because every start at which both fit must be
 * verified. Which bytes are rare is a fact about program memory, not about text. */
#include "needle.h"

#include "needle_sets.h"

/* Ranks of the 256 byte values by how often they stand in memory, 255 the commonest (0x00, 41% of all bytes, then
 * 0xff, 0x48, 0x01, 0x89, 0x0f). Counted once over all present readable pages (code, data, heap, stack; 187 MiB in
 * all) of six programs at work on x86-64 Debian 12: python3 and perl with filled tables, bash with a large array,
 * clang and gcc's cc1 in the middle of a file, gdb; each program counts the same. */
static const uint8_t commonness[256] = {
    255, 252, 235, 225, 217, 198, 186, 168, 242, 161, 150, 102, 166, 239, 139, 250, 227, 177, 160, 80,  123, 111,
    126, 90,  193, 71,  50,  46,  83,  55,  58,  206, 241, 147, 79,  33,  245, 197, 104, 39,  188, 171, 144, 81,
    110, 127, 176, 112, 224, 232, 173, 196, 210, 200, 204, 162, 187, 194, 70,  167, 108, 195, 34,  85,  213, 238,
    115, 159, 231, 209, 106, 114, 253, 219, 47,  88,  246, 212, 145, 86,  199, 26,  129, 183, 178, 249, 165, 91,
    142, 54,  95,  120, 125, 148, 67,  230, 175, 220, 158, 203, 201, 240, 229, 156, 185, 226, 64,  152, 207, 190,
    218, 211, 215, 37,  216, 214, 244, 205, 146, 119, 170, 172, 40,  56,  169, 87,  61,  248, 208, 122, 28,  233,
    222, 228, 45,  49,  135, 251, 5,   247, 65,  221, 24,  27,  191, 3,   13,  20,  73,  75,  18,  19,  164, 7,
    128, 17,  25,  14,  6,   8,   151, 10,  2,   0,   66,  23,  30,  4,   133, 16,  31,  57,  29,  21,  11,  15,
    180, 9,   223, 1,   38,  12,  118, 98,  138, 69,  105, 32,  140, 42,  117, 84,  234, 179, 131, 181, 143, 134,
    154, 243, 137, 130, 74,  36,  35,  43,  44,  41,  184, 100, 136, 77,  72,  48,  52,  62,  149, 59,  60,  97,
    22,  51,  76,  141, 182, 82,  153, 94,  109, 68,  78,  93,  237, 202, 92,  155, 101, 99,  96,  132, 192, 63,
    236, 113, 53,  89,  163, 121, 174, 103, 124, 116, 107, 157, 189, 254,
};

unsigned ms_byte_commonness(uint8_t byte)
{
    return commonness[byte];
}

/* How common the commonest value is that fits: an exact byte ranks by itself; one that lets a few values in, such as a
 * letter of either case, behind them; more of them, such as a nibble, behind all exact bytes; a wild byte last. */
static unsigned cost(uint8_t byte, uint8_t mask)
{
    unsigned worst = 0, fitting = 0;
    if (mask == 0xff)
        return commonness[byte];
    if (mask == 0)
        return 257;
    for (unsigned value = 0; value < 256; value++)
        if (((value ^ byte) & mask) == 0) {
            fitting++;
            worst = commonness[value] > worst ? commonness[value] : worst;
        }
    return fitting <= 4 ? worst + 1 : 256;
}

static unsigned cost_at(const ms_needle *needle, size_t offset)
{
    return cost(needle->bytes[offset], ms_needle_mask(needle, offset));
}

unsigned ms_needle_rarity(const uint8_t *bytes, const uint8_t *mask, size_t length)
{
    unsigned best = 0, second = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned rare = 257 - cost(bytes[i], mask ? mask[i] : 0xff);
        if (rare > best) {
            second = best;
            best = rare;
        } else if (rare > second) {
            second = rare;
        }
    }
    return best + second;
}

void ms_needle_init(ms_needle *needle, const uint8_t *bytes, const uint8_t *mask, size_t length)
{
    *needle = (ms_needle){ .bytes = bytes, .mask = mask, .length = length, .find = ms_needle_sets()[0]->find };
    for (size_t i = 1; i < length; i++)
        if (cost_at(needle, i) < cost_at(needle, needle->first))
            needle->first = i;
    needle->second = needle->first == 0 && length > 1;
    for (size_t i = 0; i < length; i++)
        if (i != needle->first && cost_at(needle, i) < cost_at(needle, needle->second))
            needle->second = i;
}

size_t ms_needle_find(const ms_needle *needle, const uint8_t *hay, size_t length, size_t from)
{
    return needle->find(needle, hay, length, from);
}
