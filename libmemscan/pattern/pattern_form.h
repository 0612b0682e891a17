/* pattern_form.h - what a pattern is made of: a tree of runs, jumps and groups, kept in arrays and linked by index.
 *
 * A branch is a sequence of nodes; branch 0 is the whole pattern, the others are the alternatives of groups. Every
 * branch has at least one node. Neighbouring runs are one run, neighbouring jumps one jump; a jump of fixed length is
 * a run of wild bytes; a group has at least two alternatives. So every pattern has one form, and prints one way. */
#ifndef MS_PATTERN_FORM_H
#define MS_PATTERN_FORM_H

#include "../base/array.h"
#include "../kernel/needle.h"
#include "pattern.h"

/* Fits x when ((x & mask) == value) != deny. value has no bit outside mask; mask 0 is a wild byte. */
typedef struct ms_pattern_byte {
    uint8_t value, mask, deny;
} ms_pattern_byte;

typedef enum ms_pattern_kind {
    MS_PATTERN_RUN,  /* bytes[first .. first + count) */
    MS_PATTERN_JUMP, /* least to most bytes */
    MS_PATTERN_GROUP /* branch `first` and those linked behind it */
} ms_pattern_kind;

#define MS_PATTERN_NONE UINT32_MAX /* no such node, no such branch */

typedef struct ms_pattern_node {
    ms_pattern_kind kind;
    uint32_t next, previous; /* in its branch */
    uint32_t first, count;
    uint32_t least, most; /* bytes that it covers; most is LONGEST_MATCH where it is open */
    bool open;            /* JUMP without an upper bound, or a GROUP with such a jump inside */
    uint32_t low, high;   /* at which offsets from the start of a match it may begin */
    uint32_t end_high;    /* and the last one at which it may end */
} ms_pattern_node;

typedef struct ms_pattern_branch {
    uint32_t first, last; /* nodes */
    uint32_t next;        /* alternative of the same group */
} ms_pattern_branch;

struct ms_pattern {
    const memscan_allocator *allocator;
    ms_array nodes, branches, bytes; /* of ms_pattern_node, ms_pattern_branch, ms_pattern_byte */

    /* Filled by ms_pattern_compile. */
    uint32_t shortest, longest;
    uint32_t most_starts;                /* that may be judged at once */
    bool fixed;                          /* one run, and the needle is all of it */
    bool literal;                        /* fixed, and every byte is given */
    bool denies;                         /* fixed, and some byte is denied: to be looked at where the needle fits */
    uint8_t *needle_bytes, *needle_mask; /* needle_length of each; NULL: there is no needle */
    uint32_t needle_length;
    ms_needle needle;                 /* every match contains it, ... */
    uint32_t needle_low, needle_high; /* ... at one of these offsets from its start */
    bool may_begin[256];              /* with which bytes a match may begin: used where there is no needle */
};

static inline ms_pattern_node *ms_pattern_node_at(const ms_pattern *pattern, uint32_t index)
{
    return ms_array_at(&pattern->nodes, index);
}

static inline ms_pattern_branch *ms_pattern_branch_at(const ms_pattern *pattern, uint32_t index)
{
    return ms_array_at(&pattern->branches, index);
}

static inline const ms_pattern_byte *ms_pattern_bytes_of(const ms_pattern *pattern, const ms_pattern_node *run)
{
    return ms_array_at(&pattern->bytes, run->first);
}

static inline bool ms_pattern_byte_fits(ms_pattern_byte byte, uint8_t x)
{
    return ((x & byte.mask) == byte.value) != byte.deny;
}

/* pattern.c: an empty one, or NULL when memory ran out. */
ms_pattern *ms_pattern_create(const memscan_allocator *allocator);
/* The whole of it is one run of the bytes that were pushed. False: memory ran out. */
bool ms_pattern_single_run(ms_pattern *pattern);

/* pattern_compile.c: bounds, limits, the needle. The tree is complete. */
memscan_status ms_pattern_compile(ms_pattern *pattern, memscan_error *error);

/* pattern_judge.c: which of the starts bytes[0], bytes[1], ... bytes[starts - 1] match, of `length` bytes that may be
 * looked at. ends[i] becomes the end of the shortest match that begins at i, as an offset from `bytes`, or
 * MS_PATTERN_NEVER. False: no start matches, and `ends` tells nothing. `starts` is at most most_starts; `ends` has room
 * for MS_PATTERN_SCRATCH entries; *steps counts the entries that were computed. */
#define MS_PATTERN_NEVER   UINT16_MAX
#define MS_PATTERN_SCRATCH 57344u
bool ms_pattern_judge(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t starts, uint16_t *ends,
                      uint64_t *steps);

#endif
