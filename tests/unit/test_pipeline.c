/* test_pipeline.c - results come in order whatever the workers do; failures, memory, and the threads that cannot be
 * had. */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#include "counting_allocator.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/base/error.h"
#include "libmemscan/base/host.h"
#include "libmemscan/flow/pipeline.h"

typedef struct work {
    uint64_t number;
    bool in_use;
} work;

typedef struct unit {
    uint64_t number;
} unit;

/* A run of `units` units. Unit n is kept when it is divisible by `keep`; its account says n + 1. Units are near one another
 * but for every `far`th; 0: none is. */
typedef struct script {
    uint64_t units, keep, far;
    uint64_t fail_plan_at, fail_run_at, fail_deliver_at; /* UINT64_MAX: never */
    uint64_t tick_limit;
    size_t most_works;
    uint64_t planned, delivered, sum, ticks;
    size_t works, peak_works, unit_objects;
    int planners;
    ms_mutex *lock; /* where a unit of `gate` waits until the unit before it is handed in */
    ms_signal *signal;
    uint64_t gate;     /* UINT64_MAX: none */
    uint64_t followed; /* units done with the work that had done the near one before them */
    uint64_t finished;
} script;

static void *create_work(void *context)
{
    script *s = context;
    if (s->works == s->most_works)
        return NULL;
    s->works++;
    return calloc(1, sizeof(work));
}

static void destroy_work(void *context, void *destroyed)
{
    ((script *)context)->works--;
    free(destroyed);
}

static void *create_unit(void *context)
{
    ((script *)context)->unit_objects++;
    return calloc(1, sizeof(unit));
}

static void destroy_unit(void *context, void *destroyed)
{
    ((script *)context)->unit_objects--;
    free(destroyed);
}

static memscan_status plan(void *context, void *into, ms_planned *planned, memscan_error *error)
{
    script *s = context;
    ck_assert_int_eq(s->planners++, 0);
    ((unit *)into)->number = s->planned;
    bool end = s->planned == s->units, near = s->far && (s->planned + 1) % s->far;
    *planned = end ? MS_PLANNED_END : near ? MS_PLANNED_NEAR : MS_PLANNED_LAST;
    memscan_status status =
        s->planned == s->fail_plan_at ? ms_fail_at(error, MEMSCAN_GONE, s->planned, "plan") : MEMSCAN_OK;
    s->planned += !end;
    s->planners--;
    return status;
}

static memscan_status run(void *context, void *ran, void *done, ms_account *account, bool *kept, memscan_error *error)
{
    script *s = context;
    work *w = done;
    ck_assert(!w->in_use);
    uint64_t number = ((unit *)ran)->number;
    bool followed = s->far && number % s->far && w->number == number - 1;
    w->number = number;
    ms_mutex_lock(s->lock);
    while (w->number == s->gate && s->finished < s->gate + 2) /* the two behind it are first */
        ms_signal_wait(s->signal, s->lock, 1000);
    s->finished++;
    s->followed += followed;
    ms_signal_wake_all(s->signal);
    ms_mutex_unlock(s->lock);
    if (w->number == s->fail_run_at)
        return ms_fail_at(error, MEMSCAN_OS, w->number, "run");
    account->scanned = w->number + 1;
    *kept = s->keep && w->number % s->keep == 0;
    w->in_use = *kept;
    return MEMSCAN_OK;
}

static memscan_status deliver(void *context, void *shown, const ms_account *account, memscan_error *error)
{
    script *s = context;
    work *w = shown;
    ck_assert_uint_eq(account->scanned, s->delivered + 1);
    ck_assert_int_eq(w != NULL, s->keep && s->delivered % s->keep == 0);
    if (w) {
        ck_assert_uint_eq(w->number, s->delivered);
        w->in_use = false;
    }
    if (s->delivered == s->fail_deliver_at)
        return ms_fail_at(error, MEMSCAN_STOPPED, s->delivered, "deliver");
    s->delivered++;
    s->sum += account->scanned;
    return MEMSCAN_OK;
}

static memscan_status tick(void *context, memscan_error *error)
{
    script *s = context;
    return ++s->ticks > s->tick_limit ? ms_fail(error, MEMSCAN_CANCELLED, "tick") : MEMSCAN_OK;
}

static script new_script(uint64_t units, uint64_t keep)
{
    return (script){ .units = units,
                     .keep = keep,
                     .fail_plan_at = UINT64_MAX,
                     .fail_run_at = UINT64_MAX,
                     .fail_deliver_at = UINT64_MAX,
                     .tick_limit = UINT64_MAX,
                     .gate = UINT64_MAX,
                     .most_works = SIZE_MAX };
}

static memscan_status run_script(script *s, uint32_t workers, const memscan_allocator *allocator, memscan_error *error)
{
    ms_pipeline_units units = { s, create_unit, destroy_unit, plan };
    ms_pipeline_calls calls = { s, create_work, destroy_work, run, deliver, tick };
    s->lock = ms_mutex_create(&ms_default_allocator);
    s->signal = ms_signal_create(&ms_default_allocator);
    memscan_status status = ms_pipeline_run(&units, &calls, workers, allocator, error);
    ck_assert_uint_eq(s->works, 0);
    ck_assert_uint_eq(s->unit_objects, 0);
    ms_mutex_destroy(s->lock);
    ms_signal_destroy(s->signal);
    return status;
}

START_TEST(all_units_in_order)
{
    for (uint32_t workers = 0; workers <= 5; workers++)
        for (uint64_t keep = 0; keep <= 3; keep++)
            for (uint64_t units = 0; units <= 2000; units = units * 3 + 1) {
                for (uint64_t far = 0; far <= 7; far = far * 2 + 1) {
                    script s = new_script(units, keep);
                    s.far = far;
                    ck_assert_int_eq(run_script(&s, workers, &ms_default_allocator, NULL), MEMSCAN_OK);
                    ck_assert_uint_eq(s.delivered, units);
                    ck_assert_uint_eq(s.sum, units * (units + 1) / 2);
                }
            }
}
END_TEST

START_TEST(a_slow_unit_holds_up_nothing_but_the_order)
{
    for (uint64_t far = 0; far <= 7; far = far * 2 + 1) {
        script s = new_script(40, 1);
        s.far = far;
        s.gate = 5; /* needs another worker to go on meanwhile */
        ck_assert_int_eq(run_script(&s, 2, &ms_default_allocator, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(s.delivered, 40);
    }
}
END_TEST

/* Which thread ran a unit is told by the work, which no other one has meanwhile; here no work ever travels. */
START_TEST(near_units_are_run_by_one_worker)
{
    script s = new_script(4000, 0);
    s.far = MS_PIPELINE_TOGETHER;
    ck_assert_int_eq(run_script(&s, 3, &ms_default_allocator, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(s.delivered, 4000);
    ck_assert_uint_ge(s.followed, 3000 / 2); /* all, but where the ring is full in the middle of a batch */
}
END_TEST

START_TEST(a_failure_comes_after_all_before_it)
{
    for (uint32_t workers = 1; workers <= 4; workers++)
        for (int where = 0; where < 3; where++) {
            script s = new_script(1000, 2);
            memscan_error error;
            s.far = workers;
            *(where == 0 ? &s.fail_plan_at : where == 1 ? &s.fail_run_at : &s.fail_deliver_at) = 77;
            static const memscan_status expected[] = { MEMSCAN_GONE, MEMSCAN_OS, MEMSCAN_STOPPED };
            static const char *const texts[] = { "plan", "run", "deliver" };
            ck_assert_int_eq(run_script(&s, workers, &ms_default_allocator, &error), expected[where]);
            ck_assert_uint_eq(s.delivered, 77);
            ck_assert_uint_eq(error.address, 77);
            ck_assert_str_eq(error.text, texts[where]);
        }
}
END_TEST

START_TEST(a_tick_ends_the_run)
{
    for (uint32_t workers = 1; workers <= 3; workers++) {
        script s = new_script(1000000, 2);
        memscan_error error;
        s.tick_limit = 50;
        ck_assert_int_eq(run_script(&s, workers, &ms_default_allocator, &error), MEMSCAN_CANCELLED);
        ck_assert_uint_eq(s.ticks, 51);
        ck_assert_uint_le(s.delivered, 50);
    }
}
END_TEST

START_TEST(few_works_are_enough)
{
    for (size_t works = 1; works <= 3; works++) {
        for (uint64_t far = 0; far <= 7; far = far * 2 + 1) {
            script s = new_script(500, 1); /* every unit is kept until it is delivered */
            s.far = far;
            s.most_works = works;
            ck_assert_int_eq(run_script(&s, 4, &ms_default_allocator, NULL), MEMSCAN_OK);
            ck_assert_uint_eq(s.delivered, 500);
        }
    }
    script s = new_script(500, 1);
    s.most_works = 0;
    ck_assert_int_eq(run_script(&s, 4, &ms_default_allocator, NULL), MEMSCAN_NO_MEMORY);
    ck_assert_uint_eq(s.delivered, 0);
}
END_TEST

START_TEST(the_nth_allocation_fails)
{
    bool without_threads = false;
    for (uint64_t nth = 1;; nth++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        atomic_store(&counting.fail_at, nth);
        script s = new_script(100, 2);
        s.far = 3;
        memscan_status status = run_script(&s, 2, &counting.allocator, NULL);
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
        ck_assert(status == MEMSCAN_NO_MEMORY ? s.delivered == 0 : status == MEMSCAN_OK && s.delivered == 100);
        if (atomic_load(&counting.requests) < nth)
            break; /* there is no n-th one any more */
        /* No thread could be started: the caller's thread does it all. */
        without_threads |= status == MEMSCAN_OK;
        counting_allocator_init(&counting);
        atomic_store(&counting.fail_from, nth);
        s = new_script(100, 2);
        status = run_script(&s, 2, &counting.allocator, NULL);
        ck_assert(status == MEMSCAN_NO_MEMORY || (status == MEMSCAN_OK && s.delivered == 100));
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
    }
    ck_assert(without_threads);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("pipeline");
    TCase *tests = tcase_create("pipeline");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, all_units_in_order);
    tcase_add_test(tests, a_slow_unit_holds_up_nothing_but_the_order);
    tcase_add_test(tests, near_units_are_run_by_one_worker);
    tcase_add_test(tests, a_failure_comes_after_all_before_it);
    tcase_add_test(tests, a_tick_ends_the_run);
    tcase_add_test(tests, few_works_are_enough);
    tcase_add_test(tests, the_nth_allocation_fails);
    suite_add_tcase(suite, tests);
    return suite;
}
