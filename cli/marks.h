/* marks.h - addresses that a picture of the address space points out: those of --mark, and a session's matches. */
#ifndef CLI_MARKS_H
#define CLI_MARKS_H

#include "command.h"

typedef struct cli_mark {
    uint64_t address;
    char place[MEMSCAN_PLACE_MAX];
} cli_mark;

typedef struct cli_marks {
    cli_mark *items; /* ascending, each address once */
    size_t count, capacity;
} cli_marks;

/* More are not drawn: nobody could tell them apart. */
#define CLI_MARKS_MOST 10000u

/* Reads every --mark. Release with cli_marks_deinit in either case. */
memscan_status cli_marks_take(cli_marks *marks, cli *call, memscan_target *target, const memscan_facts *facts,
                              memscan_error *error);
void cli_marks_deinit(cli_marks *marks);

/* The index of the first mark at or above `address`; the count when there is none. */
size_t cli_marks_seek(const cli_marks *marks, uint64_t address);

#endif
