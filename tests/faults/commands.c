/* commands.c - the table, and the target's places put into its words. */
#define _GNU_SOURCE
#include "commands.h"
#include "scratch_folder.h"

#include "../support/check_quick.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NOT_ROOT = 100 }; /* shared memory of others is closed to a user: skipped, but a read asked for it */

const fault_command fault_commands[] = {
    { "ps", 0, 0, NULL },
    { "ps -v", 0, 0, NULL },
    { "info --pid PID", 0, 0, NULL },
    { "info --pid PID -v", 0, 0, NULL },
    { "regions --pid PID", 0, 0, NULL },
    { "regions --pid PID -v --json", 0, 0, NULL },
    { "regions --pid PID --summary", 0, 0, NULL },
    { "regions --pid PID --map", 0, 0, NULL },
    { "regions --pid PID --svg FOLDER/map.svg", 0, 0, NULL },
    { "modules --pid PID -v", 0, 0, NULL },
    { "threads --pid PID -v", 0, 0, NULL },
    { "where --pid PID CELL AREA CODE SHARED MEMFD UNTOUCHED FILE NONE -v", 0, 0, NULL },
    { "read --pid PID CELL --as i32", 0, 0, NULL },
    { "read --pid PID AREA:65536 -v", 0, 0, NULL },
    { "read --pid PID UNTOUCHED:65536", 0, 0, NULL },
    { "read --pid PID FILE:4096 -v", 0, 0, NULL },
    { "read --pid PID NONE:16", 3, 0, NULL },
    { "find --pid PID i32:0x5ca1ab1e", 0, COMMAND_ASKS_ALL, NULL },
    { "find --pid PID hex:29_f0_c3_de_ad_be_ef_11 i32:0x5ca1ab1e --json", 0, COMMAND_ASKS_ALL, NULL },
    { "find --pid PID i32:0x5ca1ab1e --swapped skip --jobs 1", 0, COMMAND_ASKS_ALL, NULL },
    { "find --pid PID u8:7 --limit 5 --range AREA:0x100000", 0, 0, NULL },
    { "find --pid PID hex:29_f0_c3_de_ad_be_ef_12 --all", 1, COMMAND_ASKS_ALL | COMMAND_MAY_GROW, NULL },
    { "write --pid PID CELL i32:7 --dry-run", 0, 0, NULL },
    { "write --pid PID CELL i32:7", 0, 0, NULL },
    { "write --pid PID CELL i32:8 --expect 9", 2, 0, NULL },
    { "write --pid PID NONE i32:8 --expect 9", 5, 0, NULL },
    { "dump --pid PID --range AREA:1048576 -o FOLDER/area.bin", 0, 0, NULL },
    { "dump --pid PID -o FOLDER/all.core", 0, COMMAND_ASKS_ALL, NULL },
    { "patch --pid PID FOLDER/patch.json --dry-run", 0, 0, NULL },
    { "patch --pid PID FOLDER/patch.json --journal FOLDER/journal", 0, 0, NULL },
    { "patch --pid PID --revert FOLDER/journal", 0, 0, NULL },
    { "scan --pid PID i32:7 --range CELL:4 --session one", 0, 0, NULL },
    { "next --pid PID unchanged --session one", 0, 0, NULL },
    { "list --pid PID --session one", 0, 0, NULL },
    { "set --pid PID 9 --session one", 0, 0, NULL },
    { "next --pid PID increased --session one", 0, 0, NULL },
    { "undo --pid PID --session one", 0, 0, NULL },
    { "redo --pid PID --session one", 0, 0, NULL },
    { "scan --pid PID i32:unknown --session all", 0, COMMAND_ASKS_ALL, NULL },
    { "next --pid PID 0x5ca1ab1e --session all", 0, 0, NULL },
    { "list --pid PID --session all --limit 5", 0, 0, NULL },
    { "sessions", 0, 0, NULL },
    { "hold --pid PID CELL i32:11 --every 5ms --for 60ms", 0, 0, NULL },
    { "watch --pid PID CELL AREA --every 5ms --for 60ms", 0, 0, NULL },
    { "shell --pid PID", 0, 0, "find i32:0x5ca1ab1e\nregions\nread CELL\n" },
};
const size_t fault_command_count = sizeof fault_commands / sizeof fault_commands[0];

static char folder[512], state_home[600];

int fault_command_code(const fault_command *command, const steady *target)
{
    return command->flags & COMMAND_ASKS_ALL && target->unsupplied ? 3 : command->code;
}

static const char *value_of(const char *name, size_t length, const steady *target, char *out, size_t capacity)
{
    const struct {
        const char *name;
        uint64_t at;
    } places[] = { { "CELL", target->cell },     { "AREA", target->area },   { "CODE", target->code },
                   { "SHARED", target->shared }, { "MEMFD", target->memfd }, { "UNTOUCHED", target->untouched },
                   { "FILE", target->file },     { "NONE", target->none } };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strlen(places[i].name) == length && memcmp(places[i].name, name, length) == 0) {
            snprintf(out, capacity, "0x%" PRIx64, places[i].at);
            return out;
        }
    snprintf(out, capacity, "%d", (int)target->pid);
    return length == 3 && memcmp(name, "PID", 3) == 0 ? out : NULL;
}

/* Capital words are names; `_` inside a word is a space. */
static void expand_word(const char *word, const steady *target, char *out, size_t capacity)
{
    char value[32];
    size_t name = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *known = value_of(word, name, target, value, sizeof value);
    if (name == 6 && memcmp(word, "FOLDER", 6) == 0)
        known = folder;
    snprintf(out, capacity, "%s%s", known ? known : "", known ? word + name : word);
    if (!known)
        for (char *at = out; *at; at++)
            *at = *at == '_' ? ' ' : *at;
}

/* The words of a command, with the program in front and NULL behind. */
typedef struct command_words {
    const char *words[32];
    char text[1024];
} command_words;

static void expand(const fault_command *command, const steady *target, command_words *out)
{
    char copy[512], *rest = NULL;
    size_t count = 0, used = 0;
    snprintf(copy, sizeof copy, "%s", command->words);
    out->words[count++] = MEMSCAN;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        ck_assert_uint_lt(count, sizeof out->words / sizeof out->words[0] - 1);
        out->words[count++] = out->text + used;
        expand_word(word, target, out->text + used, sizeof out->text - used);
        used += strlen(out->text + used) + 1;
        ck_assert_uint_lt(used, sizeof out->text);
    }
    out->words[count] = NULL;
}

static void write_patch(const steady *target)
{
    char path[700];
    snprintf(path, sizeof path, "%s/patch.json", folder);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "{\"memscan_patch\": 1, \"edits\": ["
            "{\"name\": \"one\", \"address\": \"0x%" PRIx64 "\", \"expect\": \"29 F0 C3\", \"replace\": \"90 90 C3\"},"
            "{\"name\": \"two\", \"address\": \"0x%" PRIx64
            "\", \"expect\": \"90 90 90 90\", \"replace\": \"i32:8\"}]}\n",
            target->code, target->code + 64);
    ck_assert_int_eq(fclose(file), 0);
}

const char *fault_folder(void)
{
    return folder;
}

void fault_scene_begin(steady *target, const char *image, bool small)
{
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(state_home, sizeof state_home, "XDG_STATE_HOME=%s", folder);
    if (small)
        steady_start_small(target, image);
    else
        steady_start(target, image);
    write_patch(target);
}

void fault_scene_end(steady *target)
{
    program rm;
    steady_end(target);
    program_run(&rm, (const char *const[]){ "/bin/rm", "-rf", folder, NULL }, NULL);
    program_forget(&rm);
}

/* ---- running ---- */

/* The input of a command, with the cell's address in it. */
static const char *input_of(const fault_command *command, const steady *target, char *out, size_t capacity)
{
    const char *cell = command->input ? strstr(command->input, "CELL") : NULL;
    if (!cell)
        return command->input;
    snprintf(out, capacity, "%.*s0x%" PRIx64 "%s", (int)(cell - command->input), command->input, target->cell,
             cell + 4);
    return out;
}

void fault_begin(program *memscan, const fault_command *command, const steady *target, const char *const *more,
                 int keep_fd)
{
    const char *environment[16] = { state_home, "LC_ALL=C.UTF-8", "TERM=dumb" };
    char input[256];
    command_words words;
    for (size_t i = 0; more && more[i]; i++)
        environment[3 + i] = more[i];
    expand(command, target, &words);
    const program_settings settings = { input_of(command, target, input, sizeof input), environment, keep_fd };
    program_begin(memscan, words.words, &settings);
}

int fault_run(program *memscan, const fault_command *command, const steady *target)
{
    fault_begin(memscan, command, target, NULL, -1);
    program_finish(memscan);
    return program_code(memscan);
}
