/* test_strikes.c - the n-th allocation of a command fails, its n-th system call fails, is interrupted or is cut short: for
 * every n, or for a few of them (MEMSCAN_TEST_STRIKES at most of each sort; 0: all), of every command, or of those that hold
 * the word MEMSCAN_TEST_COMMANDS. Whatever is struck (strike.c), memscan
 * neither crashes nor leaves half of anything: it says what it always says, or fails in words, with a status of its own;
 * the target's values are the old ones or the new ones; a file is there as a whole or is the one of before. */
#define _GNU_SOURCE
#include "check_main.h"
#include "commands.h"
#include "program.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITES = 4,       /* into the cell, or the code */
    REMEMBERS = 8,    /* changes the session */
    LOOKS = 16,       /* into files of the target: one that cannot be read, but for want, says less */
    NUMBERS = 32,     /* those that it says differ from run to run */
    LAUNCHES = 64,    /* a program, whose status is then its own: 125 to 127 are failures */
    RECORDS = 128,    /* by time: what a file of it holds differs from run to run */
    SPEAKS = 256,     /* of failures in its results, too */
    TELLS = 512,      /* a story that is another one each time, but for its last line */
    LISTS = 1024,     /* processes: of them only our target keeps still */
    ADORNS = 1 << 20, /* its answer with names and kinds, of which one may be missing where a call failed */
    COLUMN = 2048     /* times 1, 2, 4, ...: what stands in the first, second, third ... column differs */
};

/* Before each run the session is the same one: 100 was looked for in the cell, then again; a third time was undone. */
static const fault_command commands[] = {
    { "ps steady64 --plain", 0, ADORNS | LISTS | 8 * COLUMN | 16 * COLUMN,
      NULL }, /* an owner by name or number, what is resident */
    { "info --pid PID --plain", 0, ADORNS | NUMBERS | LOOKS, NULL },
    { "regions --pid PID --plain", 0, LOOKS, NULL },
    { "regions --pid PID --summary --plain", 0, NUMBERS | LOOKS, NULL },
    { "regions --pid PID --svg FOLDER/out -q", 0, LOOKS, NULL },
    { "modules --pid PID --plain", 0, LOOKS, NULL },
    { "threads --pid PID --plain", 0, 2 * COLUMN, NULL }, /* sleeping, or still running */
    { "where --pid PID CELL CODE --plain", 0, ADORNS | NUMBERS | LOOKS, NULL },
    { "read --pid PID AREA:64 --plain", 0, 0, NULL },
    { "read --pid PID NONE:64 --plain", 3, 0, NULL },
    { "find --pid PID i32:100 --range CELL:4096 --jobs 1 --plain -q", 0, 0, NULL },
    { "find --pid PID i32:100 --range CELL:4096 --jobs 1 --json -q", 0, ADORNS | NUMBERS, NULL },
    { "find --pid PID i32:0x5ca1ab1e hex:29_f0_c3_de --range AREA:0x200000 --jobs 1 --plain -q", 0, 0, NULL },
    { "find --pid PID hex:29_f0_c3_de hex:29_f0_c3_df text:one text:two text:three text:four text/i:five u8:201 "
      "--range AREA:4096 --jobs 1 --plain -q --no-match-ok",
      0, 0, NULL }, /* more texts than are judged one by one */
    { "write --pid PID CELL i32:7 --plain", 0, WRITES | SPEAKS, NULL },
    { "dump --pid PID --range AREA:65536 -o FOLDER/out -q", 0, 0, NULL },
    { "dump --pid PID --range CELL:4096 --range CODE:8 -o FOLDER/out -q", 0, 0, NULL },
    { "patch --pid PID FOLDER/patch.json --journal FOLDER/journal -q", 0, WRITES | SPEAKS, NULL },
    { "scan --pid PID i32:unknown --range CELL:64 --session FOLDER/one.scan --jobs 1 --plain", 0, REMEMBERS, NULL },
    { "next --pid PID at_most_100 --session FOLDER/one.scan --jobs 1 --plain", 0, REMEMBERS, NULL },
    { "list --pid PID --session FOLDER/one.scan --plain", 0, 0, NULL },
    { "set --pid PID 7 --session FOLDER/one.scan --plain", 0, WRITES | SPEAKS, NULL },
    { "undo --pid PID --session FOLDER/one.scan --plain", 0, REMEMBERS, NULL },
    { "redo --pid PID --session FOLDER/one.scan --plain", 0, REMEMBERS, NULL },
    { "sessions --plain", 0, 0, NULL },
    { "hold --pid PID CELL i32:7 --every 1ms --for 2ms -q", 0, WRITES | SPEAKS, NULL },
    { "watch --pid PID CELL --every 1ms --for 2ms --plain", 0, 1 * COLUMN, NULL }, /* when */
    { "shell --pid PID --plain", 0, SPEAKS, "read CELL --as i32\n" },
    { "run -- /bin/echo one", 0, LAUNCHES, NULL },
    { "alloc -o FOLDER/out --full -- /bin/sh -c true", 0, LAUNCHES | RECORDS, NULL },
    { "alloc --svg FOLDER/out -q -- /bin/sh -c true", 0, LAUNCHES | RECORDS, NULL },
    { "demo", 0, TELLS, NULL },
    { "demo alloc --svg FOLDER/out -q", 0, LAUNCHES | RECORDS, NULL },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const fault_command list_session = { "list --pid PID --session FOLDER/one.scan --plain --no-match-ok", 0, 0,
                                            NULL };
static const fault_command revert = { "patch --pid PID --revert FOLDER/journal -q", 0, 0, NULL };

typedef enum kind { MEMORY, FAILED, CUT_SHORT, INTERRUPTED } kind;

static steady target;
static char untouched[256];
static char *session;
static size_t session_length;

/* ---- one run ---- */

typedef struct run {
    program memscan;
    char struck[64]; /* what was; "": nothing */
    bool broken;     /* by an error that is no shortage */
    unsigned long allocations, calls;
} run;

static void hear_strike(run *one, int fd)
{
    char said[256] = "";
    ck_assert_int_ge(pread(fd, said, sizeof said - 1, 0), 0);
    const char *struck = strstr(said, "struck "), *totals = strstr(said, "allocations ");
    one->struck[0] = '\0';
    if (struck)
        snprintf(one->struck, sizeof one->struck, "%.*s", (int)strcspn(struck + 7, "\n"), struck + 7);
    if (totals)
        ck_assert_int_eq(sscanf(totals, "allocations %lu\ncalls %lu", &one->allocations, &one->calls), 2);
}

static run play(const fault_command *command, const char *strike)
{
    char wanted[64];
    run one = { .allocations = 0 };
    int fd = memfd_create("strike", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    snprintf(wanted, sizeof wanted, "MEMSCAN_STRIKE=%s", strike ? strike : "");
    const char *const more[] = { wanted, "LD_PRELOAD=" STRIKE, STRIKE_SANITIZER, STRIKE_LEAKS, NULL };
    fault_begin(&one.memscan, command, &target, more, fd);
    program_finish(&one.memscan);
    hear_strike(&one, fd);
    close(fd);
    return one;
}

static void path_in(const char *name, char *out, size_t capacity)
{
    ck_assert_int_lt(snprintf(out, capacity, "%s/%s", fault_folder(), name), (int)capacity);
}

static char *read_file(const char *name, size_t *length)
{
    char path[700];
    struct stat status;
    path_in(name, path, sizeof path);
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    *length = (size_t)status.st_size;
    char *bytes = malloc(*length + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

static void write_session(void)
{
    char path[700];
    path_in("one.scan", path, sizeof path);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(session, 1, session_length, file), session_length);
    ck_assert_int_eq(fclose(file), 0);
}

static void reset(void)
{
    static const char *const outputs[] = { "out", "journal" };
    char path[700];
    for (size_t i = 0; i < 2; i++) {
        path_in(outputs[i], path, sizeof path);
        unlink(path);
    }
    if (session)
        write_session();
    ck_assert_str_eq(steady_ask(&target, "reset"), "reset");
}

/* ---- what must hold ---- */

typedef struct truth {
    run clean;
    char told[256];                  /* of the target afterwards */
    char *file, *list_before, *list; /* what it wrote; the session before and afterwards */
    size_t file_length;
} truth;

static bool is_known_name(const char *name)
{
    static const char *const names[] = { ".", "..", "patch.json", "one.scan", "out", "journal", "memscan" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static const char *left_behind(void)
{
    static char name[256];
    DIR *list = opendir(fault_folder());
    ck_assert_ptr_nonnull(list);
    name[0] = '\0';
    for (const struct dirent *entry; (entry = readdir(list));)
        if (!is_known_name(entry->d_name))
            snprintf(name, sizeof name, "%.200s", entry->d_name);
    closedir(list);
    return name[0] ? name : NULL;
}

/* A name and an offset, or a bare address: module+0x10, [anon]+0x0, 0x7f0000000000. */
static bool is_place(const char *word, size_t length, bool named)
{
    const char *sign = memchr(word, '+', length);
    return sign ? strncmp(sign, "+0x", 3) == 0 : !named && strncmp(word, "0x", 2) == 0;
}

static size_t without_numbers(const char *word, size_t length, char out[256])
{
    size_t kept = 0;
    for (size_t i = 0; i < length && kept < 256; i++)
        if (!strchr("0123456789abcdef.", word[i]))
            out[kept++] = word[i];
    return kept;
}

/* Where memory or a call fails, an address is named less well, and no less truly. */
static bool is_word_alike(const char *one, size_t length, const char *other, size_t other_length, unsigned flags)
{
    char kept[256], other_kept[256];
    if (length == other_length && memcmp(one, other, length) == 0)
        return true;
    if ((is_place(one, length, true) && is_place(other, other_length, false)) ||
        (is_place(other, other_length, true) && is_place(one, length, false)))
        return true;
    size_t count = without_numbers(one, length, kept);
    return flags & NUMBERS && count == without_numbers(other, other_length, other_kept) &&
           memcmp(kept, other_kept, count) == 0;
}

/* Word for word, but for what may differ from run to run. */
static bool is_said_alike(const char *one, const char *other, unsigned flags)
{
    static const char ends[] = " \t\n\",";
    unsigned column = 0;
    while (*one && *other) {
        size_t length = strcspn(one, ends), other_length = strcspn(other, ends);
        bool free_here = column < 20 && flags / COLUMN & 1u << column;
        if (one[length] != other[other_length] ||
            (!free_here && !is_word_alike(one, length, other, other_length, flags)))
            return false;
        char end = one[length];
        column = end == '\n' ? 0 : column + (end == '\t');
        one += length + (end != '\0');
        other += other_length + (end != '\0');
    }
    return *one == *other;
}

static const char *last_line(const char *text)
{
    size_t at = strlen(text);
    at -= at > 0; /* its newline */
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return text + at;
}

/* The line about our target, into `out`. */
static void find_own_line(const char *text, char out[256])
{
    char begin[24];
    size_t length = (size_t)snprintf(begin, sizeof begin, "%d\t", (int)target.pid);
    while (*text && strncmp(text, begin, length) != 0) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    snprintf(out, 256, "%.*s", (int)strcspn(text, "\n"), text);
}

static bool is_own_line_alike(const char *said, const char *expected, unsigned flags)
{
    char ours[256], right[256];
    find_own_line(said, ours);
    find_own_line(expected, right);
    return right[0] && is_said_alike(ours, right, flags);
}

static bool is_right_answer(const fault_command *command, const truth *right, const run *one)
{
    const char *said = one->memscan.out, *expected = right->clean.memscan.out;
    if (command->flags & LOOKS && one->broken)
        return true;
    if (command->flags & TELLS)
        return strcmp(last_line(said), last_line(expected)) == 0;
    if (command->flags & LISTS)
        return is_own_line_alike(said, expected, command->flags);
    return is_said_alike(said, expected, command->flags);
}

static bool is_failure(const fault_command *command, int code)
{
    bool of_its_own = code >= 2 && code <= 5;
    if (command->flags & TELLS && code == 130)
        return true; /* it takes a wait that is interrupted for Ctrl-C */
    if (!(command->flags & LAUNCHES))
        return of_its_own;
    return (code >= 125 && code <= 127) || (of_its_own && strncmp(command->words, "demo", 4) == 0);
}

/* NULL, or what is wrong with what memscan said. */
static const char *wrong_words(const fault_command *command, const truth *right, const run *one)
{
    int code = program_code(&one->memscan);
    if (code == command->code && command->flags & ADORNS)
        return one->memscan.out_length ? NULL : "success, and not a word";
    if (code == command->code)
        return is_right_answer(command, right, one) ? NULL : "it says another thing, and yet the same status";
    if (!is_failure(command, code))
        return code == 0 || code == 1 ? "found or not found, and not the truth" : "it crashed";
    if (!one->memscan.err_length && !(command->flags & SPEAKS && one->memscan.out_length))
        return "it failed without a word";
    return strchr(one->memscan.err, '\033') ? "control characters" : NULL;
}

/* A core may hold fewer notes, about what could not be found out; what its headers promise is there. */
static bool is_whole_core(const char *file, size_t length)
{
    Elf64_Ehdr head;
    if (length < sizeof head)
        return false;
    memcpy(&head, file, sizeof head);
    bool whole = memcmp(head.e_ident, ELFMAG, SELFMAG) == 0 && head.e_type == ET_CORE && head.e_phnum >= 2;
    for (size_t i = 0; whole && i < head.e_phnum; i++) {
        Elf64_Phdr part;
        memcpy(&part, file + head.e_phoff + i * sizeof part, sizeof part);
        whole = part.p_offset <= length && part.p_filesz <= length - part.p_offset;
    }
    return whole;
}

static size_t count_lines(const char *text, size_t length)
{
    size_t lines = 0;
    for (const char *at = text; (at = memchr(at, '\n', (size_t)(text + length - at))) != NULL; at++)
        lines++;
    return lines;
}

/* Times differ; how many allocations a program makes does not. */
static bool is_whole_table(const char *file, size_t length, const char *right, size_t right_length)
{
    return length > 0 && file[length - 1] == '\n' && count_lines(file, length) == count_lines(right, right_length);
}

static bool is_right_file(const fault_command *command, const truth *right, const char *file, size_t length,
                          bool broken)
{
    if (strstr(command->words, "--range CODE"))
        return is_whole_core(file, length);
    if (strstr(command->words, "alloc -o"))
        return is_whole_table(file, length, right->file, right->file_length);
    if (strstr(command->words, "--svg") && (broken || command->flags & RECORDS))
        return length > 6 && memcmp(file + length - 7, "</svg>\n", 7) == 0;
    return length == right->file_length && memcmp(file, right->file, length) == 0;
}

static const char *wrong_file(const fault_command *command, const truth *right, const run *one)
{
    size_t length = 0;
    const char *wrong = left_behind();
    if (!strstr(command->words, "/out") || wrong)
        return wrong;
    char *file = read_file("out", &length);
    bool done = program_code(&one->memscan) == command->code;
    if (!file && done)
        wrong = "success, and no file";
    else if (file && (done || !(command->flags & RECORDS)) && /* what is recorded is written as it comes */
             !is_right_file(command, right, file, length, one->broken))
        wrong = "half a file";
    free(file);
    return wrong;
}

static const char *wrong_session(const fault_command *command, const truth *right, const run *one)
{
    const char *wrong = NULL;
    if (!(command->flags & REMEMBERS))
        return NULL;
    run list = play(&list_session, NULL);
    bool as_before = strcmp(list.memscan.out, right->list_before) == 0;
    if (program_code(&list.memscan) != 0)
        wrong = "the session cannot be read";
    else if (strcmp(list.memscan.out, right->list) != 0 && (!as_before || program_code(&one->memscan) == command->code))
        wrong = "the session is neither the one before nor the one after";
    program_forget(&list.memscan);
    return wrong;
}

/* A patch that was made has a journal that takes it back. */
static const char *wrong_patch(const truth *right, const run *one)
{
    size_t length = 0;
    char *journal = read_file("journal", &length);
    const char *told = steady_ask(&target, "tell");
    const char *wrong = NULL;
    if (program_code(&one->memscan) == 0 && (strcmp(told, right->told) != 0 || !journal))
        wrong = "success, and no patch or no journal";
    else if (program_code(&one->memscan) != 0 && strcmp(told, untouched) != 0 && !journal)
        wrong = "half a patch, and no journal";
    if (!wrong && strcmp(told, untouched) != 0) {
        run back = play(&revert, NULL);
        if (program_code(&back.memscan) != 0 || strcmp(steady_ask(&target, "tell"), untouched) != 0)
            wrong = "its journal does not take it back";
        program_forget(&back.memscan);
    }
    free(journal);
    return wrong;
}

static const char *wrong_target(const fault_command *command, const truth *right, const run *one)
{
    if (strncmp(command->words, "patch", 5) == 0)
        return wrong_patch(right, one);
    const char *told = steady_ask(&target, "tell");
    if (strcmp(told, right->told) == 0)
        return NULL;
    if (strcmp(told, untouched) != 0)
        return "the target is neither as before nor as it should be";
    return program_code(&one->memscan) == command->code ? "success, and nothing written" : NULL;
}

/* ---- all of it ---- */

static char *list_now(void)
{
    run list = play(&list_session, NULL);
    ck_assert_int_eq(program_code(&list.memscan), 0);
    free(list.memscan.err);
    return list.memscan.out;
}

static truth find_truth(const fault_command *command)
{
    truth right = { .file = NULL };
    reset();
    right.list_before = list_now();
    right.clean = play(command, NULL);
    ck_assert_msg(program_code(&right.clean.memscan) == command->code, "memscan %s: exit %d\n%s", command->words,
                  program_code(&right.clean.memscan), right.clean.memscan.err);
    ck_assert_msg(right.clean.calls > 0, "memscan %s: nothing was counted", command->words);
    snprintf(right.told, sizeof right.told, "%s", steady_ask(&target, "tell"));
    right.file = read_file("out", &right.file_length);
    right.list = list_now();
    return right;
}

static void forget_truth(truth *right)
{
    program_forget(&right->clean.memscan);
    free(right->file);
    free(right->list);
    free(right->list_before);
}

/* A call that moves bytes, or waits for a file: these are made again when they moved less, or were interrupted. */
static bool is_repeated(const char *struck)
{
    static const char *const names[] = {
        "read", "write", "pread", "pwrite", "preadv", "pwritev", "process_vm_readv", "flock", "ftruncate", "fdatasync"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(struck, names[i]) == 0)
            return true;
    return false;
}

/* Whether a call can fail for want of descriptors: one that makes them. */
static bool makes_descriptors(const char *struck)
{
    static const char *const names[] = { "open", "dup", "pipe", "socket", "memfd", "eventfd", "userfaultfd" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(struck, names[i]))
            return true;
    return false;
}

/* A failure that says nothing of want: what is looked at cannot be had, and is told of less well. */
static bool is_broken(const char *struck, int code)
{
    if (code == ENFILE || code == EMFILE)
        return !makes_descriptors(struck);
    return code == EIO || code == ENOSPC || code == EINTR;
}

/* `exact`: memscan may not fail at all. */
static void strike(const fault_command *command, const truth *right, const char *how, bool exact, int code)
{
    reset();
    run one = play(command, how);
    one.broken = is_broken(one.struck, code);
    const char *wrong = wrong_words(command, right, &one);
    if (!wrong && exact && is_repeated(one.struck) && program_code(&one.memscan) != command->code)
        wrong = "it failed for a call that was only cut short or interrupted";
    if (!wrong)
        wrong = wrong_file(command, right, &one);
    if (!wrong)
        wrong = wrong_session(command, right, &one);
    if (!wrong)
        wrong = wrong_target(command, right, &one);
    ck_assert_msg(!wrong, "MEMSCAN_STRIKE='%s' memscan %s: %s (%s, exit %d)\n%s%s", how, command->words, wrong,
                  one.struck, program_code(&one.memscan), one.memscan.out, one.memscan.err);
    program_forget(&one.memscan);
}

static unsigned long most_of_each(void)
{
    const char *wanted = getenv("MEMSCAN_TEST_STRIKES");
    return wanted ? strtoul(wanted, NULL, 10) : 4;
}

/* The n-th, for all n up to `count`, or for `most` of them; which ones differs from command to command. */
static void strike_all(size_t which, const truth *right, kind of, unsigned long count)
{
    static const int codes[] = { EIO, ENFILE, ENOMEM, ENOSPC, EMFILE };
    unsigned long most = most_of_each();
    if (most == 0 && commands[which].flags & TELLS)
        most = 80; /* a lesson takes a tenth of a second */
    unsigned long step = most && count > most ? count / most : 1;
    for (unsigned long n = 1 + which * 7 % step; n <= count; n += step) {
        char how[64];
        int code = of == CUT_SHORT ? 0 : of == INTERRUPTED ? EINTR : codes[(n + which) % 5];
        if (of == MEMORY)
            snprintf(how, sizeof how, "memory %lu", n);
        else
            snprintf(how, sizeof how, "call %lu %d", n, code);
        strike(&commands[which], right, how, of == CUT_SHORT || of == INTERRUPTED, code);
    }
}

static void begin(void)
{
    static const fault_command prepare[] = {
        { "scan --pid PID i32:100 --range CELL:4 --session FOLDER/one.scan -q", 0, 0, NULL },
        { "next --pid PID 100 --session FOLDER/one.scan -q", 0, 0, NULL },
        { "next --pid PID unchanged --session FOLDER/one.scan -q", 0, 0, NULL },
        { "undo --pid PID --session FOLDER/one.scan -q", 0, 0, NULL },
    };
    fault_scene_begin(&target, STEADY_64, true);
    snprintf(untouched, sizeof untouched, "%s", steady_ask(&target, "tell"));
    for (size_t i = 0; i < sizeof prepare / sizeof prepare[0]; i++) {
        run one = play(&prepare[i], NULL);
        ck_assert_msg(program_code(&one.memscan) == 0, "%s", one.memscan.err);
        program_forget(&one.memscan);
    }
    session = read_file("one.scan", &session_length);
    ck_assert_ptr_nonnull(session);
}

static void finish(void)
{
    fault_scene_end(&target);
    free(session);
    session = NULL;
}

START_TEST(any_allocation_and_any_call_may_fail)
{
    const char *wanted = getenv("MEMSCAN_TEST_COMMANDS");
    if (wanted && !strstr(commands[_i].words, wanted))
        return;
    begin();
    truth right = find_truth(&commands[_i]);
    strike_all((size_t)_i, &right, MEMORY, right.clean.allocations);
    strike_all((size_t)_i, &right, FAILED, right.clean.calls);
    strike_all((size_t)_i, &right, CUT_SHORT, right.clean.calls);
    strike_all((size_t)_i, &right, INTERRUPTED, right.clean.calls);
    forget_truth(&right);
    finish();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("strikes");
    TCase *tests = tcase_create("strikes");
    tcase_set_timeout(tests, 900);
    tcase_add_loop_test(tests, any_allocation_and_any_call_may_fail, 0, COMMANDS);
    suite_add_tcase(suite, tests);
    return suite;
}
