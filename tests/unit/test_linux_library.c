/* test_linux_library.c - libraries that are opened when they are needed: a good one, a missing one, one that lacks what is
 * wanted of it, and a machine that has neither descriptors nor memory left. */
#include "check_main.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "platform/linux/linux_library.h"

int opened_sum(int first, int second);
int opened_begun(void);

#define CALLS(with) with(opened_sum) with(opened_begun)

typedef struct opened {
    CALLS(MS_LIBRARY_POINTER)
} opened;

static const linux_library library = { "cannot add", "libopened7" };
static const char *const names[] = { CALLS(MS_LIBRARY_NAME) NULL };

static memscan_status try(const char *soname, memscan_error *error)
{
    opened calls;
    return ms_linux_library_open(&library, soname, names, &calls, error);
}

START_TEST(a_library_is_there_and_stays)
{
    opened calls, again;
    memscan_error error;
    ck_assert_int_eq(ms_linux_library_open(&library, OPENED, names, &calls, &error), MEMSCAN_OK);
    ck_assert_int_eq(calls.opened_sum(3, 4), 7);
    ck_assert_int_eq(ms_linux_library_open(&library, OPENED, names, &again, &error), MEMSCAN_OK);
    ck_assert(again.opened_sum == calls.opened_sum && again.opened_begun == calls.opened_begun);
    ck_assert_int_eq(again.opened_begun(), 1);
}
END_TEST

START_TEST(a_missing_library_is_named)
{
    memscan_error error;
    ck_assert_int_eq(try("libopened-none.so.7", &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(error.status, MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(strncmp(error.text, "cannot add: libopened-none.so.7: ", 33), 0);
    ck_assert_str_eq(error.hint, "install libopened-none.so.7 (on Debian and Ubuntu the package libopened7)");
    ck_assert_int_eq(try("libopened-none.so.7", NULL), MEMSCAN_NOT_SUPPORTED);
}
END_TEST

START_TEST(a_missing_function_is_named)
{
    static const char *const more[] = { "opened_sum", "opened_product", NULL };
    void (*functions[2])(void);
    memscan_error error;
    ck_assert_int_eq(ms_linux_library_open(&library, OPENED, more, functions, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_msg(strstr(error.text, "opened_product") != NULL, "%s", error.text);
    ck_assert_ptr_nonnull(strstr(error.hint, "libopened7"));
}
END_TEST

START_TEST(the_loaders_words_are_escaped_and_cut)
{
    char name[600] = "libopened\033[31m";
    memscan_error error;
    size_t length = strlen(name);
    memset(name + length, 'x', sizeof name - 1 - length);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(try(name, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_ptr_null(strchr(error.text, '\033'));
    ck_assert_ptr_nonnull(strstr(error.text, "libopened\\x1b[31m"));
}
END_TEST

/* What is said while the process may have no more of it than it has. */
static memscan_status try_with_limit(int what, rlim_t most, memscan_error *error)
{
    struct rlimit limit, small;
    ck_assert_int_eq(getrlimit(what, &limit), 0);
    small = limit;
    small.rlim_cur = most;
    ck_assert_int_eq(setrlimit(what, &small), 0);
    memscan_status status = try(OPENED, error);
    ck_assert_int_eq(setrlimit(what, &limit), 0);
    return status;
}

START_TEST(a_want_of_descriptors_is_no_missing_library)
{
    memscan_error error;
    int next = dup(0);
    close(next);
    ck_assert_int_eq(try_with_limit(RLIMIT_NOFILE, (rlim_t)next, &error), MEMSCAN_OS);
    ck_assert_int_eq(error.os_code, EMFILE);
    ck_assert_str_eq(error.text, "cannot add: Too many open files");
    ck_assert_str_eq(error.hint, "");
    ck_assert_int_eq(try(OPENED, &error), MEMSCAN_OK);
}
END_TEST

#ifndef SANITIZED /* whose own memory would run out first */
START_TEST(a_want_of_memory_is_no_missing_library)
{
    memscan_error error;
    ck_assert_int_eq(try_with_limit(RLIMIT_AS, 4096, &error), MEMSCAN_NO_MEMORY);
    ck_assert_int_eq(try(OPENED, &error), MEMSCAN_OK);
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_library");
    TCase *tests = tcase_create("library");
    tcase_add_test(tests, a_library_is_there_and_stays);
    tcase_add_test(tests, a_missing_library_is_named);
    tcase_add_test(tests, a_missing_function_is_named);
    tcase_add_test(tests, the_loaders_words_are_escaped_and_cut);
    tcase_add_test(tests, a_want_of_descriptors_is_no_missing_library);
#ifndef SANITIZED
    tcase_add_test(tests, a_want_of_memory_is_no_missing_library);
#endif
    suite_add_tcase(suite, tests);
    return suite;
}
