/* regex_form.h - what an expression is made of; seen by the files regex_*.c only. */
#ifndef MS_REGEX_FORM_H
#define MS_REGEX_FORM_H

#include "../base/alloc.h"
#include "../kernel/needle.h"
#include "regex.h"

#define MS_REGEX_NEEDLE 32u                    /* bytes of a needle at most */
#define MS_REGEX_OPEN   (MS_REGEX_LONGEST + 1) /* more than a match may cover */

struct ms_regex {
    const memscan_allocator *allocator;
    uint32_t shortest, longest; /* longest: MS_REGEX_OPEN where there is no bound, or a higher one */
    /* Bytes that stand in every match, at one of these offsets from its start. length 0: none are known. */
    uint8_t needle_bytes[MS_REGEX_NEEDLE], needle_mask[MS_REGEX_NEEDLE];
    size_t needle_length;
    size_t needle_low, needle_high;
    ms_needle needle;
    void *program; /* the engine's */
};

/* regex_parse.c: checks the language, fills the bounds and the needle. */
memscan_status ms_regex_read(const char *text, size_t length, ms_regex *regex, memscan_error *error);

#endif
