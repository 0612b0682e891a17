/* regex_missing.c - a build without PCRE2: regular expressions are refused. */
#include "../base/error.h"
#include "regex.h"

memscan_status ms_regex_parse(const char *text, size_t length, const memscan_allocator *allocator, ms_regex **regex,
                              memscan_error *error)
{
    (void)text, (void)length, (void)allocator;
    *regex = NULL;
    ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this memscan was built without regular expressions");
    ms_hint(error, "build it where PCRE2 is (on Debian and Ubuntu: apt-get install libpcre2-dev)");
    return MEMSCAN_NOT_SUPPORTED;
}

void ms_regex_destroy(ms_regex *regex)
{
    (void)regex;
}

size_t ms_regex_longest(const ms_regex *regex)
{
    (void)regex;
    return 1;
}

ms_regex_scratch *ms_regex_scratch_create(const memscan_allocator *allocator)
{
    (void)allocator;
    return NULL;
}

void ms_regex_scratch_destroy(ms_regex_scratch *scratch)
{
    (void)scratch;
}

ms_regex_answer ms_regex_step(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *bytes, size_t length,
                              size_t *from, size_t start_limit, ms_regex_span *span)
{
    (void)regex, (void)scratch, (void)bytes, (void)length, (void)span;
    *from = start_limit;
    return MS_REGEX_NONE;
}
