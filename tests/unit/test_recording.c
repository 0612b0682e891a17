/* test_recording.c - recordings of a scripted recorder: the order in which events are handed over, what is held back and
 * what is dropped, images and their modules, hostile words in the shared memory, memory that runs out. */
#include "check_main.h"

#include <string.h>

#include "counting_allocator.h"
#include "libmemscan/record/recording.h"
#include "recorder/format.h"

enum { SLOTS = 3, RING = 64 };

/* A recorder whose rings a test fills. Ticks are half a nanosecond. */
struct ms_recorder {
    recorder_event ring[SLOTS][RING];
    uint32_t count[SLOTS];
    ms_recorder_thread who[SLOTS];
    uint64_t now;
    uint32_t slots;
    int waits;
    bool ended, stopped, closed;
};

static struct ms_recorder fake;

static memscan_status fake_create_recorder(const memscan_allocator *allocator, const ms_recorder_options *options,
                                           ms_recorder **recorder, memscan_error *error)
{
    (void)allocator, (void)options, (void)error;
    *recorder = &fake;
    return MEMSCAN_OK;
}

static void fake_destroy_recorder(ms_recorder *recorder)
{
    if (recorder)
        recorder->closed = true;
}

static memscan_status fake_start(ms_recorder *recorder, char *const *arguments, memscan_error *error)
{
    (void)recorder, (void)error;
    return strcmp(arguments[0], "no-such") == 0 ? MEMSCAN_NOT_FOUND : MEMSCAN_OK;
}

static uint64_t fake_process(const ms_recorder *recorder)
{
    (void)recorder;
    return 42;
}

static bool fake_ended(ms_recorder *recorder, int *code, int *signal)
{
    *code = 7;
    *signal = 0;
    return recorder->ended;
}

static void fake_wait(ms_recorder *recorder)
{
    recorder->waits++;
}

static uint32_t fake_slots(const ms_recorder *recorder)
{
    return recorder->slots;
}

static uint32_t fake_ring_events(const ms_recorder *recorder)
{
    (void)recorder;
    return RING;
}

static uint32_t fake_take(ms_recorder *recorder, uint32_t slot, ms_recorder_thread *who, recorder_event *out)
{
    ck_assert_uint_lt(slot, SLOTS);
    uint32_t count = recorder->count[slot];
    *who = recorder->who[slot];
    memcpy(out, recorder->ring[slot], count * sizeof *out);
    recorder->count[slot] = 0;
    return count;
}

static void fake_reclaim(ms_recorder *recorder)
{
    (void)recorder;
}

static void fake_stop(ms_recorder *recorder)
{
    recorder->stopped = true;
}

static uint64_t fake_now(const ms_recorder *recorder)
{
    return recorder->now;
}

static double fake_tick_ns(const ms_recorder *recorder)
{
    (void)recorder;
    return 0.5;
}

static double fake_clock_ns(const ms_recorder *recorder)
{
    (void)recorder;
    return 9;
}

static void fake_losses(const ms_recorder *recorder, ms_recorder_losses *losses)
{
    (void)recorder;
    *losses = (ms_recorder_losses){ .allocations = 3, .frees = 2, .unfollowed = { 1, 0, 4 } };
}

static const ms_recorder_system fake_system = {
    .create = fake_create_recorder,
    .destroy = fake_destroy_recorder,
    .start = fake_start,
    .process = fake_process,
    .ended = fake_ended,
    .wait = fake_wait,
    .slots = fake_slots,
    .ring_events = fake_ring_events,
    .take = fake_take,
    .reclaim = fake_reclaim,
    .stop = fake_stop,
    .now = fake_now,
    .tick_ns = fake_tick_ns,
    .clock_ns = fake_clock_ns,
    .losses = fake_losses,
};

/* ---- what a test plays, and what came of it ---- */

static memscan_recording *recording;
static memscan_allocation seen[256];
static size_t seen_count, stop_after;

static memscan_status try_to_begin(const memscan_allocator *allocator, uint64_t memory_limit)
{
    char name[] = "program", *words[] = { name, NULL };
    memscan_recording_options options = MEMSCAN_RECORDING_OPTIONS_INIT;
    memset(&fake, 0, sizeof fake);
    fake.now = 1000;
    fake.slots = SLOTS;
    for (uint32_t i = 0; i < SLOTS; i++)
        fake.who[i] = (ms_recorder_thread){ 100, 200 + i, 1 };
    seen_count = 0;
    stop_after = SIZE_MAX;
    options.memory_limit = memory_limit;
    options.allocator = allocator;
    return ms_recording_start(&fake_system, words, &options, &recording, NULL);
}

static void begin(uint64_t memory_limit)
{
    ck_assert_int_eq(try_to_begin(NULL, memory_limit), MEMSCAN_OK);
}

static void set_up(void)
{
    begin(0);
}

static void tear_down(void)
{
    memscan_recording_close(recording);
    ck_assert(fake.closed);
}

static recorder_event *play(uint32_t slot, enum recorder_kind kind, uint64_t start, uint64_t took, uint64_t address)
{
    ck_assert_uint_lt(fake.count[slot], RING);
    recorder_event *event = &fake.ring[slot][fake.count[slot]++];
    *event = (recorder_event){ .start = start, .took_and_kind = took << 8 | kind, .address = address, .size = 10 };
    return event;
}

static void play_module(uint32_t slot, uint64_t base, uint64_t size, const char *name)
{
    recorder_event *event = play(slot, RECORDER_MODULE, 0, 0, base);
    event->size = size;
    event->from = strlen(name);
    memcpy(&fake.ring[slot][fake.count[slot]], name, strlen(name));
    fake.count[slot] += (uint32_t)recorder_name_events(strlen(name));
}

static int see(const memscan_allocation *allocation, void *context)
{
    (void)context;
    seen[seen_count++] = *allocation;
    return seen_count >= stop_after;
}

static memscan_status drain(void)
{
    return memscan_recording_drain(recording, see, NULL, NULL);
}

static void check_order(const uint64_t *addresses, size_t count)
{
    ck_assert_uint_eq(seen_count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(seen[i].address, addresses[i]);
}

/* ---- order ---- */

START_TEST(calls_come_in_the_order_of_time)
{
    play(0, RECORDER_MALLOC, 1010, 5, 1);
    play(0, RECORDER_MALLOC, 1060, 5, 4);
    play(1, RECORDER_MALLOC, 1020, 5, 2);
    play(1, RECORDER_MALLOC, 1080, 5, 5);
    play(2, RECORDER_CALLOC, 1040, 5, 3);
    fake.now = 2000;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    check_order((uint64_t[]){ 1, 2, 3, 4, 5 }, 5);
    ck_assert_int_eq(seen[2].call, MEMSCAN_CALL_CALLOC);
    ck_assert_uint_eq(seen[2].thread, 202);
    ck_assert_uint_eq(seen[2].process, 100);
    ck_assert_uint_eq(seen[2].start_ns, 20); /* 40 ticks of half a nanosecond after the beginning */
    ck_assert_uint_eq(seen[2].nanoseconds, 3);
}
END_TEST

/* A block changes hands: freed by one thread, given anew by another while the free has not returned. */
START_TEST(a_free_counts_from_its_beginning_an_allocation_from_its_end)
{
    play(0, RECORDER_FREE, 1010, 50, 7);
    play(1, RECORDER_MALLOC, 1005, 20, 7);
    fake.now = 2000;
    drain();
    ck_assert_uint_eq(seen_count, 2);
    ck_assert_int_eq(seen[0].call, MEMSCAN_CALL_FREE);
    ck_assert_int_eq(seen[1].call, MEMSCAN_CALL_MALLOC);
}
END_TEST

/* What happens while the rings are emptied, one after the other, waits for the next time. */
START_TEST(what_is_too_young_is_held_back)
{
    play(0, RECORDER_MALLOC, 1500, 5, 2);
    fake.now = 1400;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    ck_assert_uint_eq(seen_count, 0);
    ck_assert_int_eq(fake.waits, 1);
    play(1, RECORDER_MALLOC, 1100, 5, 1);
    fake.now = 1600;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    check_order((uint64_t[]){ 1, 2 }, 2);
}
END_TEST

START_TEST(nothing_is_left_when_the_program_ended)
{
    play(0, RECORDER_MALLOC, 5000, 5, 1); /* later than now: the clock is no reason to keep it any more */
    fake.ended = true;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    ck_assert_uint_eq(seen_count, 1);
    ck_assert_int_eq(drain(), MEMSCAN_GONE);
    play(0, RECORDER_MALLOC, 6000, 5, 2); /* a child that goes on is not waited for */
    ck_assert_int_eq(drain(), MEMSCAN_GONE);
    ck_assert_uint_eq(seen_count, 1);
}
END_TEST

START_TEST(a_visitor_may_stop_and_go_on)
{
    for (uint64_t i = 1; i <= 5; i++)
        play(0, RECORDER_MALLOC, 1000 + i, 0, i);
    fake.now = 2000;
    stop_after = 2;
    ck_assert_int_eq(drain(), MEMSCAN_STOPPED);
    stop_after = SIZE_MAX;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    check_order((uint64_t[]){ 1, 2, 3, 4, 5 }, 5);
}
END_TEST

START_TEST(a_stopped_recording_waits_for_the_end_only)
{
    play(0, RECORDER_MALLOC, 1500, 0, 1);
    fake.now = 1400;
    drain();
    memscan_recording_stop(recording);
    ck_assert(fake.stopped);
    fake.now = 2000;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    fake.ended = true;
    ck_assert_int_eq(drain(), MEMSCAN_GONE);
    ck_assert_uint_eq(seen_count, 0);
}
END_TEST

/* Rings are left alone while too much waits, and emptied again when it does not. */
START_TEST(the_memory_limit_holds_and_lets_go)
{
    memscan_recording_close(recording);
    begin(1024); /* some ten events */
    for (uint64_t i = 1; i <= RING; i++)
        play(0, RECORDER_MALLOC, 1500 + i, 0, i);
    fake.now = 1400;
    drain(); /* all of them wait now */
    play(0, RECORDER_MALLOC, 1600, 0, 100);
    drain();
    ck_assert_uint_eq(fake.count[0], 1);
    fake.now = 3000;
    drain();
    ck_assert_uint_eq(fake.count[0], 1);
    drain();
    ck_assert_uint_eq(fake.count[0], 0);
    ck_assert_uint_eq(seen_count, RING + 1);
}
END_TEST

/* ---- images ---- */

static memscan_recorded_program programs[8];
static size_t program_count;

static int see_program(const memscan_recorded_program *program, void *context)
{
    (void)context;
    programs[program_count++] = *program;
    return 0;
}

static void see_programs(void)
{
    program_count = 0;
    ck_assert_int_eq(memscan_recording_programs(recording, see_program, NULL, NULL), MEMSCAN_OK);
}

static void play_image(uint32_t slot, uint32_t image, uint64_t parent, uint64_t process)
{
    recorder_event *event = play(slot, RECORDER_IMAGE, 1000, 0, parent);
    fake.who[slot].image = image;
    fake.who[slot].process = (uint32_t)process;
    event->from = process;
    event->size = 0;
}

START_TEST(sites_are_named_by_the_modules_of_their_image)
{
    char place[MEMSCAN_PLACE_MAX];
    const char *const long_name = "/a/path/that/is/longer/than/one/event/so/that/it/fills/several/of/them/libwith\x1b"
                                  "escape.so.6";
    play_image(0, 1, 0, 100);
    play_module(0, 0x400000, 0x1000, "/usr/bin/game");
    play_module(0, 0x7f0000000000, 0x5000, long_name);
    play(0, RECORDER_MALLOC, 1010, 0, 1)->site = 0x400123;
    play(0, RECORDER_MALLOC, 1020, 0, 2)->site = 0x7f0000004fff;
    play_image(1, 2, 1, 101); /* a child, which has its parent's */
    play(1, RECORDER_MALLOC, 1030, 0, 3)->site = 0x400123;
    fake.now = 2000;
    drain();
    check_order((uint64_t[]){ 1, 2, 3 }, 3);
    memscan_recording_place(recording, &seen[0], place, sizeof place);
    ck_assert_str_eq(place, "game+0x123");
    memscan_recording_place(recording, &seen[1], place, sizeof place);
    ck_assert_str_eq(place, "libwith\\x1bescape.so.6+0x4fff");
    memscan_recording_place(recording, &seen[2], place, sizeof place);
    ck_assert_str_eq(place, "game+0x123");
    see_programs();
    ck_assert_uint_eq(program_count, 2);
    ck_assert_str_eq(programs[1].path, "/usr/bin/game");
    ck_assert_uint_eq(programs[1].parent, 1);
    ck_assert_uint_eq(programs[0].allocations, 2);
    ck_assert_uint_eq(programs[1].allocations, 1);
}
END_TEST

START_TEST(python_is_known_by_its_names)
{
    static const struct {
        const char *program, *library;
        bool is_python;
    } cases[] = {
        { "/usr/bin/python3.11", "/lib/libc.so.6", true },
        { "/usr/bin/python", "/lib/libc.so.6", true },
        { "/usr/bin/python3-config", "/lib/libc.so.6", false },
        { "/usr/bin/gdb", "/lib/libpython3.11.so.1.0", true },
        { "/usr/bin/ls", "/opt/python3", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t number = (uint32_t)i + 1;
        play_image(0, number, 0, 100 + i);
        play_module(0, 0x1000, 0x1000, cases[i].program);
        play_module(0, 0x3000, 0x1000, cases[i].library);
        drain();
    }
    see_programs();
    ck_assert_uint_eq(program_count, sizeof cases / sizeof cases[0]);
    for (size_t i = 0; i < program_count; i++)
        ck_assert_int_eq(programs[i].is_python != 0, cases[i].is_python);
}
END_TEST

/* The shared memory is the programs' to write in: whatever is there, nothing of ours breaks. */
START_TEST(hostile_events_are_survived)
{
    char place[MEMSCAN_PLACE_MAX];
    play_image(0, UINT32_MAX, 7, 100);                         /* an image that cannot be */
    play(0, RECORDER_MODULE, 0, 0, 0x1000)->from = UINT64_MAX; /* a name without end */
    drain();
    fake.who[0].image = 3;
    play(0, RECORDER_IMAGE, 0, 0, 3);                    /* its own parent */
    play(0, RECORDER_MODULE, 0, 0, 0x1000)->from = 5000; /* too long a name */
    drain();
    play(0, 77, 0, 0, 0)->from = UINT64_MAX - 1;                   /* no such kind */
    play(0, RECORDER_MALLOC, UINT64_MAX - 5, 4, 9)->site = 0x1000; /* at the end of time */
    fake.ended = true;
    drain();
    for (size_t i = 0; i < seen_count; i++)
        memscan_recording_place(recording, &seen[i], place, sizeof place);
    see_programs();
    ck_assert_int_eq(drain(), MEMSCAN_GONE);
}
END_TEST

/* However many slots there seem to be later, there are as many queues as there were slots at the beginning. */
START_TEST(slots_that_become_more)
{
    play(SLOTS - 1, RECORDER_MALLOC, 1010, 0, 1);
    fake.slots = UINT32_MAX;
    fake.now = 2000;
    ck_assert_int_eq(drain(), MEMSCAN_OK);
    ck_assert_uint_eq(seen_count, 1);
}
END_TEST

/* A call of an image that cannot be is handed over; where it came from is its address, and no process is asked. */
START_TEST(a_call_of_an_image_that_cannot_be)
{
    static const uint32_t numbers[] = { UINT32_MAX, UINT32_MAX - 1, 0 };
    char place[MEMSCAN_PLACE_MAX];
    fake.now = 2000;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fake.who[0].image = numbers[i];
        play(0, RECORDER_MALLOC, 1010, 0, 1)->site = 0x1000;
        drain();
        ck_assert_uint_eq(seen_count, i + 1);
        ck_assert_uint_eq(seen[i].program, numbers[i]);
        memscan_recording_place(recording, &seen[i], place, sizeof place);
        ck_assert_str_eq(place, "0x1000");
    }
    see_programs();
    ck_assert_uint_eq(program_count, 0);
}
END_TEST

/* An image whose number skips millions takes little memory, and those before it are still learned of. */
START_TEST(an_image_that_skips_far_ahead)
{
    char place[MEMSCAN_PLACE_MAX];
    memscan_recording_report report = MEMSCAN_RECORDING_REPORT_INIT;
    counting_allocator counting;
    counting_allocator_init(&counting);
    memscan_recording_close(recording);
    ck_assert_int_eq(try_to_begin(&counting.allocator, 0), MEMSCAN_OK);
    play_image(0, 1u << 22, 2, 101);
    play(0, RECORDER_MALLOC, 1010, 0, 1)->site = 0x400123;
    play_image(1, 2, 1, 100);
    play_module(1, 0x400000, 0x1000, "/usr/bin/game");
    fake.now = 2000;
    drain();
    ck_assert_int_lt(atomic_load(&counting.peak_bytes), 32 << 20);
    ck_assert_uint_eq(seen_count, 1);
    memscan_recording_place(recording, &seen[0], place, sizeof place);
    ck_assert_str_eq(place, "game+0x123");
    see_programs();
    ck_assert_uint_eq(program_count, 2);
    ck_assert_uint_eq(programs[0].number, 2);
    ck_assert_uint_eq(programs[1].number, 1u << 22);
    memscan_recording_report_of(recording, &report);
    ck_assert_uint_eq(report.programs, 2);
    memscan_recording_close(recording);
    ck_assert_int_eq(atomic_load(&counting.blocks), 0);
    set_up();
}
END_TEST

/* Whatever request for memory is the one that fails: it is said, or an image stays unknown; nothing else goes amiss. */
START_TEST(memory_that_runs_out)
{
    memscan_recording_close(recording);
    bool went_through = false;
    for (unsigned long long failing = 1; !went_through; failing++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        atomic_store(&counting.fail_at, failing);
        memscan_status status = try_to_begin(&counting.allocator, 0);
        if (status == MEMSCAN_OK) {
            play_image(0, 1, 0, 100);
            play_module(0, 0x400000, 0x1000, "/usr/bin/game");
            play(0, RECORDER_MALLOC, 1010, 0, 1)->site = 0x400123;
            play(1, RECORDER_MALLOC, 1020, 0, 2);
            fake.ended = true;
            while ((status = drain()) == MEMSCAN_OK) {
            }
            went_through = atomic_load(&counting.requests) < failing;
        }
        ck_assert(status == MEMSCAN_NO_MEMORY || status == MEMSCAN_GONE);
        ck_assert(!went_through || seen_count == 2);
        memscan_recording_close(recording);
        recording = NULL;
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_uint_eq(atomic_load(&counting.wrong_sizes), 0);
    }
    set_up();
}
END_TEST

/* ---- the rest ---- */

START_TEST(the_report_adds_up)
{
    memscan_recording_report report = MEMSCAN_RECORDING_REPORT_INIT;
    play(0, RECORDER_MALLOC, 1010, 0, 1);
    play(0, RECORDER_REALLOC, 1020, 0, 2);
    play(0, RECORDER_FREE, 1030, 0, 2);
    fake.ended = true;
    drain();
    memscan_recording_report_of(recording, &report);
    ck_assert_uint_eq(report.allocations, 2);
    ck_assert_uint_eq(report.frees, 1);
    ck_assert_uint_eq(report.lost_allocations, 3);
    ck_assert_uint_eq(report.lost_frees, 2);
    ck_assert_uint_eq(report.not_followed_static, 1);
    ck_assert_uint_eq(report.not_followed_foreign, 4);
    ck_assert_int_eq(report.ended, 1);
    ck_assert_int_eq(report.exit_code, 7);
    ck_assert_uint_eq(report.process, 42);
    /* An older caller's struct ends earlier, and nothing is written behind it. */
    memscan_recording_report older = { .size = offsetof(memscan_recording_report, frees), .frees = 99 };
    memscan_recording_report_of(recording, &older);
    ck_assert_uint_eq(older.allocations, 2);
    ck_assert_uint_eq(older.frees, 99);
}
END_TEST

START_TEST(failures_at_the_beginning)
{
    char name[] = "no-such", *missing[] = { name, NULL };
    memscan_recording *none;
    memscan_recording_options options = MEMSCAN_RECORDING_OPTIONS_INIT;
    memscan_error error;
    ck_assert_int_eq(ms_recording_start(&fake_system, missing, NULL, &none, NULL), MEMSCAN_NOT_FOUND);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(ms_recording_start(NULL, missing, NULL, &none, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.text, "Linux"));
    options.threads = 1u << 30;
    ck_assert_int_eq(ms_recording_start(&fake_system, missing, &options, &none, NULL), MEMSCAN_INVALID);
    memscan_recording_close(NULL);
}
END_TEST

START_TEST(every_call_has_a_name)
{
    for (int call = 0; call < MEMSCAN_CALL_COUNT; call++)
        ck_assert_str_ne(memscan_call_name(call), "unknown");
    ck_assert_str_eq(memscan_call_name(MEMSCAN_CALL_POSIX_MEMALIGN), "posix_memalign");
    ck_assert_str_eq(memscan_call_name(MEMSCAN_CALL_COUNT), "unknown");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("recording");
    TCase *cases = tcase_create("recording");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, calls_come_in_the_order_of_time);
    tcase_add_test(cases, a_free_counts_from_its_beginning_an_allocation_from_its_end);
    tcase_add_test(cases, what_is_too_young_is_held_back);
    tcase_add_test(cases, nothing_is_left_when_the_program_ended);
    tcase_add_test(cases, a_visitor_may_stop_and_go_on);
    tcase_add_test(cases, a_stopped_recording_waits_for_the_end_only);
    tcase_add_test(cases, the_memory_limit_holds_and_lets_go);
    tcase_add_test(cases, sites_are_named_by_the_modules_of_their_image);
    tcase_add_test(cases, python_is_known_by_its_names);
    tcase_add_test(cases, hostile_events_are_survived);
    tcase_add_test(cases, slots_that_become_more);
    tcase_add_test(cases, a_call_of_an_image_that_cannot_be);
    tcase_add_test(cases, an_image_that_skips_far_ahead);
    tcase_add_test(cases, memory_that_runs_out);
    tcase_add_test(cases, the_report_adds_up);
    tcase_add_test(cases, failures_at_the_beginning);
    tcase_add_test(cases, every_call_has_a_name);
    suite_add_tcase(suite, cases);
    return suite;
}
