/* names.c - the words for the pinned numbers of target.h and memory.h. The words are a promise of the command
 * line's JSON, as the numbers are one of the headers. */
#include <string.h>

#include <memscan/memory.h>

static const char *const kinds[MEMSCAN_KIND_COUNT] = {
    [MEMSCAN_KIND_CODE] = "code", [MEMSCAN_KIND_RODATA] = "rodata", [MEMSCAN_KIND_DATA] = "data",
    [MEMSCAN_KIND_BSS] = "bss",   [MEMSCAN_KIND_HEAP] = "heap",     [MEMSCAN_KIND_STACK] = "stack",
    [MEMSCAN_KIND_FILE] = "file", [MEMSCAN_KIND_SHARED] = "shared", [MEMSCAN_KIND_ANON] = "anon",
    [MEMSCAN_KIND_VDSO] = "vdso", [MEMSCAN_KIND_GUARD] = "guard",   [MEMSCAN_KIND_DEVICE] = "device",
};

static const char *const outcomes[MEMSCAN_OUTCOME_COUNT] = {
    [MEMSCAN_WHOLE] = "whole",
    [MEMSCAN_NOT_MAPPED] = "not mapped",
    [MEMSCAN_PROTECTED] = "protected",
    [MEMSCAN_ABSENT_SHARED] = "absent shared memory",
    [MEMSCAN_ABSENT_FILE] = "absent file page",
    [MEMSCAN_BLOCKED] = "blocked",
    [MEMSCAN_SWAPPED_OUT] = "swapped out",
    [MEMSCAN_FAULTY] = "faulty",
    [MEMSCAN_NOT_SAVED] = "not saved in the dump",
};

static const char *const page_states[] = {
    [MEMSCAN_PAGE_UNKNOWN] = "unknown",     [MEMSCAN_PAGE_RESIDENT] = "resident", [MEMSCAN_PAGE_SWAPPED] = "swapped",
    [MEMSCAN_PAGE_UNTOUCHED] = "untouched", [MEMSCAN_PAGE_FILE] = "file",         [MEMSCAN_PAGE_SHARED] = "shared",
    [MEMSCAN_PAGE_GUARD] = "guard",         [MEMSCAN_PAGE_BLOCKED] = "blocked",
};

static const char *word(const char *const *words, size_t count, int number)
{
    return number >= 0 && (size_t)number < count ? words[number] : "?";
}

const char *memscan_kind_name(memscan_kind kind)
{
    return word(kinds, MEMSCAN_KIND_COUNT, (int)kind);
}

int memscan_kind_from_name(const char *name, memscan_kind *kind)
{
    for (int i = 0; i < MEMSCAN_KIND_COUNT; i++)
        if (strcmp(kinds[i], name) == 0) {
            *kind = (memscan_kind)i;
            return 1;
        }
    return 0;
}

const char *memscan_outcome_name(memscan_outcome outcome)
{
    return word(outcomes, MEMSCAN_OUTCOME_COUNT, (int)outcome);
}

const char *memscan_page_state_name(memscan_page_state state)
{
    return word(page_states, sizeof page_states / sizeof page_states[0], (int)state);
}
