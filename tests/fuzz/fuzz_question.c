/* fuzz_question.c - any text as an expression, judged over the bytes behind the text's NUL; the first of them chooses
 * the target's layout and the alignment.
 *
 * Must hold: the canonical form parses to the same canonical form; the fast judgement of many places at once and the
 * plain one of a single place agree everywhere. */
#include "fuzz.h"

#include "libmemscan/base/alloc.h"
#include "libmemscan/question/question.h"

#define MOST_JUDGED 512

static memscan_question *parse(const char *text, memscan_layout layout, memscan_error *error, memscan_status *status)
{
    memscan_question *question = NULL;
    *status = memscan_question_parse(text, MEMSCAN_TYPE_NONE, layout, &ms_default_allocator, &question, error);
    FUZZ_CHECK((*status == MEMSCAN_OK) == (question != NULL));
    return question;
}

static char *describe(const memscan_question *question)
{
    size_t length = memscan_question_describe(question, NULL, 0);
    char *text = malloc(length + 1);
    FUZZ_CHECK(text && memscan_question_describe(question, text, length + 1) == length && strlen(text) == length);
    return text;
}

static void check_canonical(const memscan_question *question, memscan_layout layout)
{
    memscan_error error;
    memscan_status status;
    char *text = describe(question);
    memscan_question *again = parse(text, layout, &error, &status);
    if (!again)
        fprintf(stderr, "%s\n%s\n", text, error.text);
    FUZZ_CHECK(again);
    char *twice = describe(again);
    FUZZ_CHECK(strcmp(text, twice) == 0);
    FUZZ_CHECK(memscan_question_types(question) == memscan_question_types(again));
    memscan_question_destroy(again);
    free(twice);
    free(text);
}

static void check_judgement(const memscan_question *question, const uint8_t *memory, size_t size, uint64_t alignment)
{
    const uint64_t address = 0x10003;
    uint8_t *padded = calloc(1, size + MS_QUESTION_PADDING);
    uint64_t starts[MOST_JUDGED / 64] = { 0 }, used[1] = { 0 };
    ms_marks marks = { starts, used };
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    FUZZ_CHECK(padded && scratch);
    memcpy(padded, memory, size);
    bool marked = ms_question_mark(question, padded, size, size, address, alignment, scratch, &marks, 0);
    for (size_t at = 0; at < size; at++) {
        size_t length;
        uint32_t types = ms_question_at(question, padded + at, size - at, address + at, alignment, &length);
        FUZZ_CHECK((types != 0) == (starts[at / 64] >> at % 64 & 1));
        FUZZ_CHECK((types & ~memscan_question_types(question)) == 0);
        FUZZ_CHECK(types == 0 || (length >= 1 && length <= size - at && length <= ms_question_longest(question)));
    }
    for (size_t word = 0; word < MOST_JUDGED / 64; word++)
        FUZZ_CHECK(!starts[word] || (marked && used[0] >> word & 1));
    ms_question_scratch_destroy(scratch);
    free(padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    uint8_t choice = rest_size ? rest[0] : 0;
    memscan_layout layout = { .pointer_width = choice & 1 ? 4 : 8, .big_endian = choice >> 1 & 1 };
    memscan_error error;
    memscan_status status;
    memscan_question *question = parse(text, layout, &error, &status);
    if (question) {
        check_canonical(question, layout);
        if (rest_size > 1 && !ms_question_regex(question)) /* those: fuzz_regex.c */
            check_judgement(question, rest + 1, rest_size - 1 < MOST_JUDGED ? rest_size - 1 : MOST_JUDGED,
                            choice >> 2 & 3);
        memscan_question_destroy(question);
    } else {
        FUZZ_CHECK(status == MEMSCAN_INVALID || status == MEMSCAN_LIMIT || status == MEMSCAN_NOT_SUPPORTED);
        FUZZ_CHECK_ERROR(error, status);
    }
    free(text);
    return 0;
}
