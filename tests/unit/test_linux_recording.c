/* test_linux_recording.c - programs that count their own allocations (targets/allocates.c), recorded: what was recorded
 * and what was lost come to what they say, whatever they do about threads, processes and their environment.
 *
 * What a run needs besides, for its threads, is what the same run with nothing to allocate shows. */
#define _GNU_SOURCE
#include "check_main.h"
#include "kernel.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/recording.h>

#include "recorder/format.h"

typedef struct run {
    uint64_t said_allocations, said_frees; /* the program's own word */
    uint64_t bytes;                        /* of what was recorded */
    memscan_recording_report report;
    char said[4096];
} run;

static uint64_t bytes_seen;

static int see(const memscan_allocation *allocation, void *context)
{
    (void)context;
    bytes_seen += allocation->call == MEMSCAN_CALL_FREE ? 0 : allocation->bytes;
    return 0;
}

static memscan_status start(const char *const *words, uint32_t threads, memscan_recording **recording,
                            memscan_error *error)
{
    memscan_recording_options options = MEMSCAN_RECORDING_OPTIONS_INIT;
    options.recorder = RECORDER;
    options.threads = threads;
    return memscan_recording_start((char *const *)(uintptr_t)words, &options, recording, error);
}

static void add_up(run *r)
{
    for (const char *line = r->said; (line = strstr(line, "allocations ")) != NULL; line++) {
        unsigned long allocations, frees;
        if (sscanf(line, "allocations %lu frees %lu", &allocations, &frees) == 2) {
            r->said_allocations += allocations;
            r->said_frees += frees;
        }
    }
}

/* Runs the words to their end, their stdout taken. */
static run record_words(const char *const *words, uint32_t threads)
{
    run r = { .report = MEMSCAN_RECORDING_REPORT_INIT };
    memscan_recording *recording;
    memscan_error error;
    int said = memfd_create("said", MFD_CLOEXEC);
    fcntl(said, F_SETFL, O_APPEND); /* several processes write to it at once */
    int own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    fflush(stdout);
    dup2(said, STDOUT_FILENO);
    memscan_status status = start(words, threads, &recording, &error);
    dup2(own, STDOUT_FILENO);
    close(own);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    bytes_seen = 0;
    while ((status = memscan_recording_drain(recording, see, NULL, &error)) == MEMSCAN_OK) {
    }
    ck_assert_int_eq(status, MEMSCAN_GONE);
    memscan_recording_report_of(recording, &r.report);
    memscan_recording_close(recording);
    ck_assert_int_ge(pread(said, r.said, sizeof r.said - 1, 0), 0);
    close(said);
    r.bytes = bytes_seen;
    add_up(&r);
    return r;
}

static run record_mode(const char *mode, unsigned count, unsigned pairs, uint32_t threads)
{
    char count_word[16], pair_word[16];
    const char *words[] = { ALLOCATES, mode, count_word, pair_word, NULL };
    snprintf(count_word, sizeof count_word, "%u", count);
    snprintf(pair_word, sizeof pair_word, "%u", pairs);
    run r = record_words(words, threads);
    ck_assert_int_eq(r.report.ended, 1);
    ck_assert_int_eq(r.report.signal, 0);
    ck_assert_int_eq(r.report.exit_code, 0);
    return r;
}

/* recorded + lost = truth, where the truth of the run without pairs is taken off on both sides. */
static void check_truth(const char *mode, unsigned count, unsigned pairs, uint32_t threads, bool may_lose)
{
    run empty = record_mode(mode, count, 0, threads), full = record_mode(mode, count, pairs, threads);
    uint64_t allocations = full.report.allocations + full.report.lost_allocations;
    uint64_t frees = full.report.frees + full.report.lost_frees;
    ck_assert_uint_gt(full.said_allocations, empty.said_allocations);
    ck_assert_uint_eq(allocations - empty.report.allocations - empty.report.lost_allocations,
                      full.said_allocations - empty.said_allocations);
    ck_assert_uint_eq(frees - empty.report.frees - empty.report.lost_frees, full.said_frees - empty.said_frees);
    if (may_lose)
        return;
    ck_assert_uint_eq(full.report.lost_allocations, 0); /* rings that never fill lose nothing */
    ck_assert_uint_eq(full.report.lost_frees, 0);
}

/* ---- counts ---- */

START_TEST(one_thread)
{
    check_truth("threads", 1, 10000, 0, false);
}
END_TEST

START_TEST(eight_threads)
{
    check_truth("threads", 8, 10000, 0, false);
}
END_TEST

START_TEST(threads_that_come_and_go)
{
    check_truth("turns", 2000, 10, 0, true); /* faster than slots are given back, perhaps */
}
END_TEST

/* More come and go than there are slots: those of threads that ended are used again. */
START_TEST(slots_are_used_again)
{
    run r = record_mode("turns", 100, 4000, 4);
    ck_assert_uint_gt(r.report.allocations, 8000); /* more than the first four threads made, were they the only ones */
    check_truth("turns", 100, 100, 4, true);
}
END_TEST

START_TEST(more_threads_than_slots)
{
    run r = record_mode("threads", 8, 1000, 2);
    ck_assert_uint_gt(r.report.lost_allocations, 0);
    check_truth("threads", 8, 1000, 2, true);
}
END_TEST

START_TEST(forks)
{
    check_truth("fork", 8, 3000, 0, false);
}
END_TEST

START_TEST(a_fork_that_no_library_knows_of)
{
    check_truth("raw", 1, 3000, 0, false);
}
END_TEST

START_TEST(exec_with_an_empty_environment)
{
    run r = record_mode("exec", 2, 3000, 0);
    ck_assert_uint_eq(r.report.programs, 2);
    check_truth("exec", 2, 3000, 0, false);
}
END_TEST

START_TEST(spawned_with_an_empty_environment)
{
    run r = record_mode("spawn", 3, 500, 0);
    ck_assert_uint_eq(r.report.programs, 4);
    check_truth("spawn", 3, 500, 0, false);
}
END_TEST

START_TEST(rings_that_fill)
{
    check_truth("threads", 2, 400000, 0, true);
}
END_TEST

START_TEST(bytes_are_those_asked_for)
{
    run r = record_mode("leaves", 1, 77, 0);
    ck_assert_uint_eq(r.report.allocations, 77);
    ck_assert_uint_eq(r.report.frees, 0);
    ck_assert_uint_eq(r.bytes, 77000);
}
END_TEST

/* An address space that has no room for all of the rings takes part with fewer. */
START_TEST(little_address_space)
{
    const char *words[] = { "sh", "-c", "ulimit -v 400000; exec \"$0\" leaves 1 50", ALLOCATES, NULL };
    run r = record_words(words, 0);
    ck_assert_int_eq(r.report.exit_code, 0);
    ck_assert_uint_eq(r.said_allocations, 50);
    ck_assert_uint_ge(r.report.allocations, 50);
    ck_assert_uint_eq(r.report.not_heard, 0);
}
END_TEST

/* ---- what else is preloaded, and what is said in the environment ---- */

START_TEST(an_existing_preload_is_kept)
{
    const char *words[] = { "sh", "-c", "echo \"$LD_PRELOAD\"", NULL };
    setenv("LD_PRELOAD", "libm.so.6", 1);
    run r = record_words(words, 0);
    unsetenv("LD_PRELOAD");
    ck_assert_str_eq(r.said, RECORDER ":libm.so.6\n");
}
END_TEST

/* The next allocator is asked, not the C library's, and its calls are counted; also those of a signal handler that comes in
 * the midst of another call. */
START_TEST(another_preloaded_allocator_and_signals_in_its_midst)
{
    setenv("LD_PRELOAD", BUMP, 1);
    run r = record_mode("signals", 1, 300000, 0);
    unsetenv("LD_PRELOAD");
    ck_assert_uint_gt(r.said_frees, 300000); /* the timer did come */
    ck_assert_uint_eq(r.report.allocations + r.report.lost_allocations, r.said_allocations);
    ck_assert_uint_eq(r.report.frees + r.report.lost_frees, r.said_frees);
}
END_TEST

START_TEST(nothing_but_two_variables_is_added)
{
    const char *words[] = { "sh", "-c", "export -p", NULL };
    char expected[4096] = "", own[256];
    run r = record_words(words, 0);
    FILE *plain = popen("export -p", "r");
    size_t length = fread(expected, 1, sizeof expected - 1, plain);
    ck_assert_int_eq(pclose(plain), 0);
    expected[length] = '\0';
    for (char *line = strtok(r.said, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        snprintf(own, sizeof own, "%s", line);
        own[strcspn(own, "=")] = '\0';
        bool is_ours = strcmp(own, "export LD_PRELOAD") == 0 || strcmp(own, "export MEMSCAN_ALLOC") == 0;
        ck_assert_msg(is_ours || strstr(expected, line) != NULL, "%s", line);
    }
}
END_TEST

/* ---- programs that cannot be recorded ---- */

static memscan_status try_words(const char *const *words, memscan_error *error)
{
    memscan_recording *recording;
    memscan_status status = start(words, 0, &recording, error);
    if (status == MEMSCAN_OK) {
        while (memscan_recording_drain(recording, see, NULL, NULL) == MEMSCAN_OK) {
        }
    }
    memscan_recording_close(recording);
    return status;
}

static void copy_file(const char *from, const char *to, mode_t mode)
{
    static char bytes[1u << 20];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    ck_assert(in != NULL && out != NULL);
    size_t length = fread(bytes, 1, sizeof bytes, in);
    ck_assert_uint_eq(fwrite(bytes, 1, length, out), length);
    fclose(in);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_int_eq(chmod(to, mode), 0);
}

START_TEST(refused_before_they_start)
{
    static const char script[] = "#!" ALLOCATES_STATIC " threads\n";
    char folder[] = "/tmp/memscan-XXXXXX", path[64];
    memscan_error error;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/script", folder);
    if (sizeof ALLOCATES_STATIC > 1) {
        const char *words[] = { ALLOCATES_STATIC, "threads", "1", "1", NULL };
        ck_assert_int_eq(try_words(words, &error), MEMSCAN_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(error.text, "statically linked"));
        FILE *file = fopen(path, "w");
        fputs(script, file);
        fclose(file);
        chmod(path, 0755);
        const char *script_words[] = { path, NULL };
        ck_assert_int_eq(try_words(script_words, &error), MEMSCAN_NOT_SUPPORTED);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/privileged", folder);
    if (getuid() == 0) {
        copy_file("/bin/true", path, 0755);
        ck_assert_int_eq(chown(path, 65534, 65534), 0);
        ck_assert_int_eq(chmod(path, 04755), 0);
        const char *words[] = { path, NULL };
        ck_assert_int_eq(try_words(words, &error), MEMSCAN_NOT_SUPPORTED);
        ck_assert_ptr_nonnull(strstr(error.text, "more rights"));
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* Of another width: the loader would complain on the program's own stderr. */
START_TEST(another_width_is_refused_and_left_alone)
{
#if defined(PLACES_32) && UINTPTR_MAX > UINT32_MAX
    const char *words[] = { PLACES_32, NULL };
    if (!kernel_runs(words, 1))
        return;
    memscan_error error;
    ck_assert_int_eq(try_words(words, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.text, "width"));
    const char *below[] = { "sh", "-c", PLACES_32 " </dev/null 2>&1 >/dev/null; exit 0", NULL };
    run r = record_words(below, 0);
    ck_assert_ptr_null(strstr(r.said, "LD_PRELOAD"));
    ck_assert_uint_eq(r.report.not_followed_foreign, 1);
#endif
}
END_TEST

START_TEST(missing_and_not_executable)
{
    memscan_error error;
    const char *missing[] = { "./no-such-program", NULL }, *unknown[] = { "no-such-program-anywhere", NULL };
    const char *data[] = { "/etc/passwd", NULL };
    ck_assert_int_eq(try_words(missing, &error), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(try_words(unknown, &error), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(try_words(data, &error), MEMSCAN_DENIED);
}
END_TEST

/* A script without a first line is the shell's, as execvp has it. */
START_TEST(a_script_without_a_first_line)
{
    char folder[] = "/tmp/memscan-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/script", folder);
    FILE *file = fopen(path, "w");
    fputs("echo \"$# $1\"\n", file);
    fclose(file);
    chmod(path, 0755);
    const char *words[] = { path, "a b", NULL };
    run r = record_words(words, 0);
    unlink(path);
    rmdir(folder);
    ck_assert_str_eq(r.said, "1 a b\n");
}
END_TEST

START_TEST(no_recorder_and_a_path_that_cannot_be_preloaded)
{
    const char *words[] = { "true", NULL };
    memscan_recording_options options = MEMSCAN_RECORDING_OPTIONS_INIT;
    memscan_recording *recording;
    memscan_error error;
    char folder[] = "/tmp/memscan XXXXXX", path[64];
    options.recorder = "/no/such/recorder.so";
    ck_assert_int_eq(memscan_recording_start((char *const *)(uintptr_t)words, &options, &recording, &error),
                     MEMSCAN_NOT_FOUND);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/recorder.so", folder);
    copy_file(RECORDER, path, 0644);
    options.recorder = path;
    ck_assert_int_eq(memscan_recording_start((char *const *)(uintptr_t)words, &options, &recording, &error),
                     MEMSCAN_NOT_SUPPORTED);
    unlink(path);
    rmdir(folder);
}
END_TEST

/* ---- programs that write into the shared memory ---- */

/* The memory of the recording that runs, opened anew as the program opens it. */
static int open_memory(int flags)
{
    char path[64], leads_to[64];
    for (int fd = 3; fd < 1024; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, leads_to, sizeof leads_to - 1);
        leads_to[length > 0 ? length : 0] = '\0';
        if (strncmp(leads_to, "/memfd:memscan-alloc", 20) == 0)
            return open(path, O_RDWR | O_CLOEXEC | flags);
    }
    ck_abort_msg("no shared memory");
    return -1;
}

static memscan_recording *record_what_waits(void)
{
    const char *words[] = { "sleep", "1000", NULL };
    memscan_recording *recording;
    memscan_error error;
    memscan_status status = start(words, 0, &recording, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    bytes_seen = 0;
    while (bytes_seen == 0)
        ck_assert_int_eq(memscan_recording_drain(recording, see, NULL, NULL), MEMSCAN_OK);
    return recording;
}

static memscan_recording_report end_what_waits(memscan_recording *recording)
{
    memscan_recording_report report = MEMSCAN_RECORDING_REPORT_INIT;
    memscan_recording_report_of(recording, &report);
    ck_assert_int_eq(kill((pid_t)report.process, SIGKILL), 0);
    while (memscan_recording_drain(recording, see, NULL, NULL) == MEMSCAN_OK) {
    }
    memscan_recording_report_of(recording, &report);
    ck_assert_int_eq(report.ended, 1);
    return report;
}

/* As the thread of a slot would put it there. */
static void put_event(recorder_slot *slot, recorder_event *ring, uint64_t size)
{
    slot->process = slot->thread = (uint32_t)getpid();
    slot->image = 1;
    ring[0] = (recorder_event){ .start = 1, .took_and_kind = RECORDER_MALLOC, .address = 1, .size = size };
    atomic_store(&slot->owner, 1000);
    atomic_store(&slot->named, 1000);
    atomic_store(&slot->head, 1);
}

/* The header tells the program where things are; memscan does not ask it. */
START_TEST(a_header_that_is_changed)
{
    const uint64_t large = UINT64_C(1) << 28;
    struct stat status;
    memscan_recording *recording = record_what_waits();
    int fd = open_memory(0);
    ck_assert_int_eq(fstat(fd, &status), 0);
    recorder_header *header = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(header, MAP_FAILED);
    uint32_t last = header->slot_count - 1;
    recorder_slot *slot = recorder_slot_at(header, header->slots_at, last);
    put_event(slot, recorder_ring_at(header, header->rings_at, header->ring_events, last), large);
    memset(header, 0xff, offsetof(recorder_header, stopped));
    header->slots_at = header->rings_at = UINT64_C(1) << 46;
    header->ring_events = 1u << 31;
    memscan_recording_report report = end_what_waits(recording);
    ck_assert_uint_ge(bytes_seen, large);
    ck_assert_uint_eq(report.programs, 1);
    memscan_recording_close(recording);
    ck_assert_uint_eq(atomic_load(&slot->owner), UINT64_MAX); /* each was told to stop */
    munmap(header, (size_t)status.st_size);
    close(fd);
}
END_TEST

/* The memory stays as large as it is, or a look at what is gone would end memscan. */
START_TEST(memory_that_cannot_be_cut)
{
    struct stat status;
    memscan_recording *recording = record_what_waits();
    int fd = open_memory(0);
    ck_assert_int_eq(fstat(fd, &status), 0);
    ck_assert_int_eq(ftruncate(fd, 0), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(ftruncate(fd, status.st_size * 2), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(open_memory(O_TRUNC), -1);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    close(fd);
    memscan_recording_report report = end_what_waits(recording);
    ck_assert_uint_gt(report.allocations, 0);
    memscan_recording_close(recording);
}
END_TEST

/* ---- ends ---- */

START_TEST(the_status_is_the_programs)
{
    const char *words[] = { "sh", "-c", "exit 3", NULL }, *killed[] = { "sh", "-c", "kill -9 $$", NULL };
    run r = record_words(words, 0);
    ck_assert_int_eq(r.report.exit_code, 3);
    r = record_words(killed, 0);
    ck_assert_int_eq(r.report.signal, SIGKILL);
}
END_TEST

/* The recording ends; the program does not, and nothing about it changes. */
START_TEST(closed_while_the_program_runs)
{
    int said[2];
    char buffer[16];
    const char *words[] = { "sh", "-c", "read line; for i in 1 2 3; do sh -c 'echo fine'; done >&9", NULL };
    memscan_recording *recording;
    memscan_recording_report report = MEMSCAN_RECORDING_REPORT_INIT;
    int in[2];
    ck_assert_int_eq(pipe(said), 0);
    ck_assert_int_eq(pipe(in), 0);
    int own = dup(STDIN_FILENO);
    dup2(in[0], STDIN_FILENO);
    dup2(said[1], 9);
    memscan_status status = start(words, 0, &recording, NULL);
    dup2(own, STDIN_FILENO);
    ck_assert_int_eq(status, MEMSCAN_OK);
    close(said[1]);
    close(9);
    memscan_recording_report_of(recording, &report);
    memscan_recording_close(recording);
    ck_assert_int_eq(write(in[1], "go\n", 3), 3);
    for (int i = 0; i < 15;) {
        ssize_t length = read(said[0], buffer + i, sizeof buffer - (size_t)i - 1);
        ck_assert_int_gt(length, 0);
        i += (int)length;
    }
    ck_assert_int_eq(memcmp(buffer, "fine\nfine\nfine\n", 15), 0);
    int code;
    ck_assert_int_eq(waitpid((pid_t)report.process, &code, 0), (pid_t)report.process);
    ck_assert_int_eq(code, 0);
}
END_TEST

/* The system's own programs can be recorded where they are as wide as we are: not all are, beside a 32-bit build. */
static bool records_the_shell(void)
{
    unsigned char head[EI_CLASS + 1] = { 0 };
    int fd = open("/bin/sh", O_RDONLY | O_CLOEXEC);
    bool alike =
        read(fd, head, sizeof head) == sizeof head && head[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
    close(fd);
    if (!alike)
        printf("not tested: recording the system's programs, which are of another width\n");
    return alike;
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_recording");
    TCase *cases = tcase_create("linux_recording");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, one_thread);
    tcase_add_test(cases, eight_threads);
    tcase_add_test(cases, threads_that_come_and_go);
    tcase_add_test(cases, slots_are_used_again);
    tcase_add_test(cases, more_threads_than_slots);
    tcase_add_test(cases, forks);
    tcase_add_test(cases, a_fork_that_no_library_knows_of);
    tcase_add_test(cases, exec_with_an_empty_environment);
    tcase_add_test(cases, spawned_with_an_empty_environment);
    tcase_add_test(cases, rings_that_fill);
    tcase_add_test(cases, bytes_are_those_asked_for);
    tcase_add_test(cases, another_preloaded_allocator_and_signals_in_its_midst);
    tcase_add_test(cases, another_width_is_refused_and_left_alone);
    tcase_add_test(cases, missing_and_not_executable);
    tcase_add_test(cases, a_script_without_a_first_line);
    tcase_add_test(cases, no_recorder_and_a_path_that_cannot_be_preloaded);
    if (records_the_shell()) {
        tcase_add_test(cases, little_address_space);
        tcase_add_test(cases, an_existing_preload_is_kept);
        tcase_add_test(cases, nothing_but_two_variables_is_added);
        tcase_add_test(cases, refused_before_they_start);
        tcase_add_test(cases, a_header_that_is_changed);
        tcase_add_test(cases, memory_that_cannot_be_cut);
        tcase_add_test(cases, the_status_is_the_programs);
        tcase_add_test(cases, closed_while_the_program_runs);
    }
    suite_add_tcase(suite, cases);
    return suite;
}
