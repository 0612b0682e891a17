/* test_storm.c - every way of looking at memory while the target's map never holds still (tests/targets/storm.c): what the target
 * keeps still is found, each exactly once and in order; what was asked for is accounted for to the byte; nothing crashes,
 * hangs or harms. Rounds are counted (MEMSCAN_TEST_ROUNDS), not timed. */
#define _GNU_SOURCE
#include "check_main.h"
#include "program.h"
#include "scratch_folder.h"

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_STILL = 64 };

static const uint64_t told_value = 0x6f4f6f0f6f4f6f8f; /* what stands in each still page, and nowhere else */

typedef struct storm {
    pid_t pid;
    FILE *to, *from;
    uint64_t still[MOST_STILL], first, limit; /* ascending */
    size_t count;
} storm;

static storm target;
static char folder[512];

/* ---- the target ---- */

static const char *hear(void)
{
    static char line[256];
    ck_assert_msg(fgets(line, sizeof line, target.from) != NULL, "the target ended");
    return line;
}

/* How many steps the storm has taken; what is still must be as it was. */
static unsigned long ask(const char *line)
{
    char state[16] = "";
    unsigned long steps = 0;
    ck_assert_int_gt(fprintf(target.to, "%s\n", line), 0);
    ck_assert_int_eq(fflush(target.to), 0);
    ck_assert_int_eq(sscanf(hear(), "steps %lu, %15s", &steps, state), 2);
    ck_assert_str_eq(state, "whole");
    return steps;
}

static void begin(void)
{
    int there[2], back[2];
    memset(&target, 0, sizeof target);
    ck_assert(scratch_folder_create(folder, sizeof folder));
    ck_assert(pipe2(there, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0);
    target.pid = fork();
    ck_assert_int_ge(target.pid, 0);
    if (target.pid == 0) {
        if (dup2(there[0], 0) == 0 && dup2(back[1], 1) == 1)
            execl(STORM, STORM, (char *)NULL);
        _exit(127);
    }
    close(there[0]);
    close(back[1]);
    target.to = fdopen(there[1], "w");
    target.from = fdopen(back[0], "r");
    ck_assert(target.to && target.from);
    for (const char *line = hear(); strcmp(line, "ready\n") != 0; line = hear())
        if (sscanf(line, "still 0x%" SCNx64, &target.still[target.count]) == 1)
            ck_assert_uint_lt(++target.count, MOST_STILL);
        else
            ck_assert_int_eq(sscanf(line, "rooms 0x%" SCNx64 " 0x%" SCNx64, &target.first, &target.limit), 2);
    ck_assert_uint_gt(target.count, 20);
    ask("go");
}

static void end(void)
{
    program rm;
    kill(target.pid, SIGKILL);
    fclose(target.to);
    fclose(target.from);
    ck_assert_int_eq(waitpid(target.pid, NULL, 0), target.pid);
    program_run(&rm, (const char *const[]){ "/bin/rm", "-rf", folder, NULL }, NULL);
    program_forget(&rm);
}

/* Runs memscan on it; @, # and % in a word are its number, its rooms and the folder. 0 or 3: all, or a part, could be
 * looked at. */
static int run(program *memscan, const char *words)
{
    char copy[256], text[2048], *rest = NULL;
    const char *list[32] = { MEMSCAN };
    size_t count = 1, used = 0;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        list[count++] = text + used;
        const char *name = strpbrk(word, "@#%");
        int before = name ? (int)(name - word) : (int)strlen(word), wrote;
        if (name && *name == '@')
            wrote = snprintf(text + used, sizeof text - used, "%.*s%d", before, word, (int)target.pid);
        else if (name && *name == '#')
            wrote = snprintf(text + used, sizeof text - used, "%.*s0x%" PRIx64 "..0x%" PRIx64, before, word,
                             target.first, target.limit);
        else
            wrote = snprintf(text + used, sizeof text - used, "%.*s%s%s", before, word, name ? folder : "",
                             name ? name + 1 : "");
        used += (size_t)wrote + 1;
        ck_assert(count < 31 && used < sizeof text);
    }
    program_run(memscan, list, NULL);
    int code = program_code(memscan);
    ck_assert_msg(code == 0 || code == 3, "memscan %s: exit %d\n%s", words, code, memscan->err);
    return code;
}

/* ---- answers ---- */

/* The addresses of matches, one a line, ascend; each still one is there once. Returns how many there are. */
static size_t check_addresses(const program *memscan, const char *words)
{
    uint64_t address, last = 0;
    size_t count = 0, still = 0;
    for (const char *at = memscan->out; (at = strstr(at, "{\"type\":\"match\",")); count++) {
        at = strstr(at, "\"address\":\"");
        ck_assert(at && sscanf(at, "\"address\":\"0x%" SCNx64, &address) == 1);
        ck_assert_msg(address > last, "memscan %s: 0x%" PRIx64 " after 0x%" PRIx64, words, address, last);
        if (still < target.count && address == target.still[still])
            still++;
        last = address;
    }
    ck_assert_msg(still == target.count, "memscan %s: 0x%" PRIx64 " is missing\n%.2000s", words, target.still[still],
                  memscan->out);
    return count;
}

static uint64_t number_of(const char *text, const char *key)
{
    uint64_t value = 0;
    const char *at = strstr(text, key);
    ck_assert_msg(at && sscanf(at + strlen(key), "%" SCNu64, &value) == 1, "no %s in %.2000s", key, text);
    return value;
}

/* The sum of the numbers in "key":{"why":N,...}. */
static uint64_t sum_of(const char *text, const char *key)
{
    uint64_t sum = 0, value;
    const char *at = strstr(text, key);
    ck_assert_msg(at != NULL, "no %s in %.2000s", key, text);
    for (at += strlen(key); *at && *at != '}'; at++)
        if (at[-1] == ':' && sscanf(at, "%" SCNu64, &value) == 1)
            sum += value;
    return sum;
}

/* What was asked for was judged, left out or could not be had; and the status says which. */
static void check_sums(const program *memscan, const char *words, int code)
{
    const char *last = strstr(memscan->out, "{\"type\":\"end\"");
    ck_assert_msg(last != NULL, "memscan %s: no end\n%.2000s", words, memscan->out);
    uint64_t asked = number_of(last, "\"asked\":"), scanned = number_of(last, "\"scanned\":");
    uint64_t skipped = sum_of(last, "\"skipped\":{"), failed = sum_of(last, "\"failed\":{");
    ck_assert_msg(asked == scanned + skipped + failed, "memscan %s: %s", words, last);
    ck_assert_msg((code == 3) == (failed > 0), "memscan %s: exit %d, and yet: %s", words, code, last);
    ck_assert_msg((code == 0) == !!strstr(last, "\"complete\":true"), "memscan %s: %s", words, last);
}

/* A search whose matches are shown: the still places, and no other. */
static void search(const char *words)
{
    program memscan;
    int code = run(&memscan, words);
    size_t count = check_addresses(&memscan, words);
    ck_assert_msg(count == target.count, "memscan %s: %zu matches\n%.2000s", words, count, memscan.out);
    check_sums(&memscan, words, code);
    program_forget(&memscan);
}

/* A step of a session. What is left is what is still, beside the matches of 8 bytes each that could not be judged this time;
 * what vanished had its matches dropped. */
static void step(const char *words, const char *list)
{
    program memscan;
    int code = run(&memscan, words);
    check_sums(&memscan, words, code);
    const char *last = strstr(memscan.out, "{\"type\":\"end\"");
    uint64_t left = number_of(last, "\"matches\":"), most = target.count + sum_of(last, "\"failed\":{") / 8;
    program_forget(&memscan);
    if (!list)
        return;
    ck_assert_msg(left <= most, "memscan %s: %" PRIu64 " are left, at most %" PRIu64 " may be", words, left, most);
    run(&memscan, list);
    ck_assert_uint_eq(check_addresses(&memscan, list), left);
    program_forget(&memscan);
}

/* Each place is in one region, and none is shown twice. */
static void look_at_regions(void)
{
    static const char words[] = "regions --pid @ --json", key[] = "{\"type\":\"region\",\"start\":\"";
    program memscan;
    uint64_t start, size, reached = 0;
    size_t still = 0;
    ck_assert_int_eq(run(&memscan, words), 0);
    for (const char *at = memscan.out; (at = strstr(at, key));) {
        at += strlen(key);
        ck_assert_int_eq(sscanf(at, "0x%" SCNx64 "\",\"size\":%" SCNu64, &start, &size), 2);
        ck_assert_msg(start >= reached && size > 0, "0x%" PRIx64 " after 0x%" PRIx64, start, reached);
        for (; still < target.count && target.still[still] < start + size; still++)
            ck_assert_msg(target.still[still] >= start, "0x%" PRIx64 " is in no region", target.still[still]);
        reached = start + size;
    }
    ck_assert_uint_eq(still, target.count);
    program_forget(&memscan);
}

/* A core in which each still place is once, with what stands there. */
static void dump(const char *words)
{
    program memscan;
    char path[600];
    Elf64_Ehdr head;
    Elf64_Phdr part;
    uint64_t reached = 0, value[2];
    size_t still = 0;
    run(&memscan, words);
    program_forget(&memscan);
    snprintf(path, sizeof path, "%s/core", folder);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(&head, sizeof head, 1, file), 1);
    ck_assert_int_eq(memcmp(head.e_ident, ELFMAG, SELFMAG), 0);
    for (size_t i = 0; i < head.e_phnum; i++) {
        ck_assert_int_eq(fseek(file, (long)(head.e_phoff + i * sizeof part), SEEK_SET), 0);
        ck_assert_uint_eq(fread(&part, sizeof part, 1, file), 1);
        if (part.p_type != PT_LOAD)
            continue;
        ck_assert_uint_ge(part.p_vaddr, reached);
        for (; still < target.count && target.still[still] < part.p_vaddr + part.p_filesz; still++) {
            ck_assert_uint_ge(target.still[still], part.p_vaddr);
            ck_assert_int_eq(fseek(file, (long)(part.p_offset + target.still[still] - part.p_vaddr), SEEK_SET), 0);
            ck_assert_uint_eq(fread(value, sizeof value, 1, file), 1);
            ck_assert_uint_eq(value[0], told_value);
            ck_assert_uint_eq(value[1], still);
        }
        reached = part.p_vaddr + part.p_memsz;
    }
    ck_assert_uint_eq(still, target.count);
    fclose(file);
    unlink(path);
}

static unsigned long how_many(void)
{
    const char *wanted = getenv("MEMSCAN_TEST_ROUNDS");
    return wanted ? strtoul(wanted, NULL, 10) : 3;
}

#define VALUE "0x6f4f6f0f6f4f6f8f"
#define BYTES "hex:8f6f4f6f0f6f4f6f"

START_TEST(what_is_still_is_found_in_a_storm)
{
    begin();
    unsigned long rounds = how_many(), steps = ask("tell");
    for (unsigned long i = 0; i < rounds; i++) {
        search("find --pid @ " BYTES " --json");
        search("find --pid @ i64:" VALUE " --json --range # --jobs 1");
        search("find --pid @ i64:" VALUE " --json --all");
        step("scan --pid @ i64:" VALUE " --session %/one.scan --json", "list --pid @ --session %/one.scan --json");
        step("next --pid @ unchanged --session %/one.scan --json", "list --pid @ --session %/one.scan --json");
        step("scan --pid @ i64:unknown --session %/all.scan --json", NULL);
        step("next --pid @ " VALUE " --session %/all.scan --json", "list --pid @ --session %/all.scan --json");
        look_at_regions();
        dump("dump --pid @ -o %/core -q");
        dump("dump --pid @ --range # --range storm -o %/core -q");
        unsigned long now = ask("tell");
        ck_assert_uint_gt(now, steps); /* it blew all the while */
        steps = now;
    }
    end();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("storm");
    TCase *tests = tcase_create("storm");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, what_is_still_is_found_in_a_storm);
    suite_add_tcase(suite, tests);
    return suite;
}
