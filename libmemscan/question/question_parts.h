/* question_parts.h - what a question is made of; seen by question/ and its tests only.
 *
 * A question of numbers is a list of tests; a place matches where any of them holds. Each test is a kernel's call: lane,
 * form, operands, and whether the answer is inverted. Tests of the present value use no `old`; those of a next scan
 * (MS_FORM_*_OLD, MS_FORM_DELTA_*) are tests of the same shape. A question of text or bytes is a pattern, or a
 * regular expression. */
#ifndef MS_QUESTION_PARTS_H
#define MS_QUESTION_PARTS_H

#include "../kernel/kernel.h"
#include "../pattern/pattern.h"
#include "../value/number.h"
#include "question.h"

/* What an expression says, before a type gives it meaning. */
typedef enum ms_comparison {
    MS_RELATION_EQUAL,
    MS_RELATION_ABOVE,
    MS_RELATION_AT_LEAST,
    MS_RELATION_BELOW,
    MS_RELATION_AT_MOST,
    MS_RELATION_RANGE,    /* first..second */
    MS_RELATION_TOLERANCE /* first~second */
} ms_comparison;

typedef struct ms_relation {
    ms_comparison comparison;
    bool negated; /* of EQUAL, RANGE and TOLERANCE: every other number */
    bool exact;   /* "=" was written: no rounding */
    ms_number first, second;
} ms_relation;

typedef struct ms_test {
    memscan_type type; /* that it speaks for */
    uint8_t width;
    ms_lane lane;
    ms_form form;
    bool invert;
    bool is_unsigned;
    bool swap; /* the bytes of each lane, before it is judged */
    uint64_t low, high;
    ms_operands operands; /* the same two, as the kernel takes them */
} ms_test;

/* The most that any expression needs: `not` over num, four integers and three stretches of either float. */
#define MS_TESTS_MAX 10

struct memscan_question {
    const memscan_allocator *allocator;
    memscan_layout layout;
    uint32_t types;
    char *canonical;
    size_t canonical_size; /* with its NUL */
    const ms_kernel_set *kernels;
    size_t test_count;
    ms_test tests[MS_TESTS_MAX];
    ms_pattern *pattern; /* of text and bytes, else NULL */
    ms_regex *regex;     /* of a regular expression, else NULL */
};

/* Fills the tests of `question` (its layout is set) with what `relation` means for `type`: a single type, or a set,
 * of which the types that cannot hold the constants drop out. INVALID: none is left. */
memscan_status ms_question_compile(memscan_question *question, const ms_relation *relation, memscan_type type,
                                   memscan_error *error);

#endif
