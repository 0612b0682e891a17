/* next.c - the expression of a next scan, plane by plane: the same text means a value of each plane's type, and a plane
 * that cannot hold it drops out. */
#include "next.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/error.h"
#include "../value/literal.h"

void ms_next_destroy(ms_next *next)
{
    if (!next)
        return;
    for (uint32_t p = 0; p < next->planes; p++)
        memscan_question_destroy(next->question[p]);
    ms_change_destroy(next->change);
    ms_free(next->allocator, next, sizeof *next);
}

/* Cuts " since NAME" off the end of the text. */
static memscan_status split_since(ms_next *next, const char *text, size_t *length, memscan_error *error)
{
    static const char word[] = " since ";
    const char *found = NULL;
    for (const char *at = text; (at = strstr(at, word)); at++)
        found = at;
    if (!found)
        return MEMSCAN_OK;
    const char *name = found + sizeof word - 1;
    size_t name_length = strlen(name);
    ms_trim(&name, &name_length);
    if (name_length == 0 || name_length >= sizeof next->since)
        return ms_fail(error, MEMSCAN_INVALID, "\"since\" is followed by \"first\" or the name of a snapshot");
    memcpy(next->since, name, name_length);
    *length = (size_t)(found - text);
    return MEMSCAN_OK;
}

/* A plane that a change means nothing to drops out; when none is left the last reason is the error. */
static memscan_status parse_change(ms_next *next, const char *text, const memscan_type *types, memscan_error *error)
{
    size_t length = strlen(text);
    memscan_error why = { .status = MEMSCAN_OK };
    memscan_status status = split_since(next, text, &length, error);
    if (status == MEMSCAN_OK)
        status = ms_change_parse(text, length, next->allocator, &next->change, error);
    if (status != MEMSCAN_OK)
        return status;
    for (uint32_t p = 0; p < next->planes; p++)
        if (ms_change_fits(next->change, types[p], &why) == MEMSCAN_OK)
            next->asked |= 1u << p;
    if (next->asked)
        return MEMSCAN_OK;
    if (error)
        *error = why;
    return why.status;
}

static memscan_status refuse_type(memscan_type type, memscan_error *error)
{
    ms_fail(error, MEMSCAN_INVALID, "this session does not judge %s values", memscan_type_name(type));
    ms_hint(error, "leave the type out, or begin a new scan of that type");
    return MEMSCAN_INVALID;
}

/* An expression that names its type: it is for the planes of the types that it accepts. */
static memscan_status parse_typed(ms_next *next, const char *text, memscan_type type, const memscan_type *types,
                                  memscan_layout layout, memscan_error *error)
{
    for (uint32_t p = 0; p < next->planes; p++) {
        memscan_status status =
            memscan_question_parse(text, MEMSCAN_TYPE_NONE, layout, next->allocator, &next->question[p], error);
        if (status != MEMSCAN_OK)
            return status;
        if (memscan_question_types(next->question[p]) & MEMSCAN_TYPE_BIT(types[p]))
            next->asked |= 1u << p;
    }
    return next->asked ? MEMSCAN_OK : refuse_type(type, error);
}

/* What is a word and no value may be meant for one of the words that are known here. */
static void hint_at_words(const char *text, memscan_error *error)
{
    size_t letters = 0;
    while ((text[letters] | 0x20) >= 'a' && (text[letters] | 0x20) <= 'z')
        letters++;
    if (letters > 1 && (text[letters] == 0 || text[letters] == ' '))
        ms_hint(error, "besides values there are: changed, unchanged, increased, decreased, +5, -5, +5..+9, +10%%");
}

static memscan_status parse_untyped(ms_next *next, const char *text, const memscan_type *types, memscan_layout layout,
                                    memscan_error *error)
{
    memscan_error why = { .status = MEMSCAN_OK };
    for (uint32_t p = 0; p < next->planes; p++) {
        memscan_status status =
            memscan_question_parse(text, types[p], layout, next->allocator, &next->question[p], &why);
        if (status == MEMSCAN_NO_MEMORY)
            return ms_fail_memory(error);
        if (status == MEMSCAN_OK && (memscan_question_types(next->question[p]) & MEMSCAN_TYPE_BIT(types[p])))
            next->asked |= 1u << p;
    }
    if (next->asked)
        return MEMSCAN_OK;
    hint_at_words(text, &why);
    if (error)
        *error = why;
    return why.status;
}

static memscan_status parse(ms_next *next, const char *text, const memscan_type *types, memscan_layout layout,
                            memscan_error *error)
{
    ms_prefix prefix = ms_prefix_parse(text);
    const char *rest = prefix.rest;
    size_t length = strlen(rest);
    ms_trim(&rest, &length);
    if ((length == 7 && memcmp(rest, "unknown", 7) == 0) || (length == 1 && *rest == '?'))
        return ms_fail(error, MEMSCAN_INVALID, "\"unknown\" is for a first scan");
    bool bare = prefix.type == MEMSCAN_TYPE_NONE && !prefix.big_endian;
    if (bare && ms_change_is_meant(rest, strlen(rest)))
        return parse_change(next, rest, types, error);
    if (prefix.type != MEMSCAN_TYPE_NONE)
        return parse_typed(next, text, prefix.type, types, layout, error);
    return parse_untyped(next, text, types, layout, error);
}

memscan_status ms_next_parse(const char *text, const memscan_type *types, uint32_t planes, memscan_layout layout,
                             const memscan_allocator *allocator, ms_next **next, memscan_error *error)
{
    *next = NULL;
    ms_next *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    made->planes = planes;
    memscan_status status = parse(made, text, types, layout, error);
    if (status == MEMSCAN_OK)
        *next = made;
    else
        ms_next_destroy(made);
    return status;
}
