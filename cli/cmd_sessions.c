/* cmd_sessions.c - the sessions that have names: whose they are, how far they are, how old. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "files.h"
#include "session.h"
#include "target.h"

static const char *const examples[] = {
    "memscan sessions", "name, process, steps, matches, age", "memscan sessions --json", "as JSON lines", NULL,
};

typedef struct names {
    char **items;
    size_t count, capacity;
    bool out_of_memory;
} names;

static void take_name(const char *name, void *context)
{
    names *n = context;
    size_t length = strlen(name);
    if (length <= 5 || strcmp(name + length - 5, ".scan") != 0)
        return;
    if (n->count == n->capacity) {
        size_t capacity = n->capacity == 0 ? 32 : n->capacity * 2;
        char **items = realloc(n->items, capacity * sizeof *items);
        n->out_of_memory |= items == NULL;
        if (items == NULL)
            return;
        n->items = items;
        n->capacity = capacity;
    }
    char *copy = calloc(length - 4, 1);
    n->out_of_memory |= copy == NULL;
    if (copy == NULL)
        return;
    memcpy(copy, name, length - 5);
    n->items[n->count++] = copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_one(cli *call, const char *folder, const char *name)
{
    char path[CLI_SESSION_PATH + 300];
    memscan_error why;
    memscan_scan_info info = MEMSCAN_SCAN_INFO_INIT;
    snprintf(path, sizeof path, "%s/%s.scan", folder, name);
    memscan_status status = memscan_scan_describe(path, &info, &why);
    uint64_t now = cli_unix_ms() / 1000, age = now > info.unix_time ? now - info.unix_time : 0;
    cli_session_row row = { name, path, status == MEMSCAN_OK ? &info : NULL, status == MEMSCAN_OK ? "" : why.text,
                            age };
    call->printer->form->session(call->printer, &row);
}

static int run(cli *call)
{
    memscan_error error;
    names n = { 0 };
    char folder[CLI_SESSION_PATH];
    memscan_status status = cli_session_folder(folder, sizeof folder, &error);
    if (status == MEMSCAN_OK)
        status = cli_folder_list(folder, take_name, &n, &error);
    if (status == MEMSCAN_OK && n.out_of_memory)
        status = cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    if (status == MEMSCAN_OK) {
        if (n.count > 0)
            qsort(n.items, n.count, sizeof *n.items, by_name);
        call->printer->form->begin(call->printer, &(cli_begin){ "sessions", NULL });
        for (size_t i = 0; i < n.count && call->printer->failed == 0; i++)
            show_one(call, folder, n.items[i]);
        cli_end_counted(call, true, "session", "sessions", n.count);
    }
    for (size_t i = 0; i < n.count; i++)
        free(n.items[i]);
    free(n.items);
    return status == MEMSCAN_OK ? CLI_EXIT_DONE : cli_report(call, &error);
}

const cli_command cli_cmd_sessions = {
    .name = "sessions",
    .summary = "list the sessions: process, steps, matches, age",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_COMMON,
    .examples = examples,
    .details =
        "They are files in $XDG_STATE_HOME/memscan/sessions (else ~/.local/state/memscan/sessions), readable by "
        "you alone; remove those you no longer need. A session without a name is called after its process: name, "
        "number and start time.",
    .run = run,
};
