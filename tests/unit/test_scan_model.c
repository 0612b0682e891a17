/* test_scan_model.c - stateful searches against a naive model (support/scan_model.h). MEMSCAN_MODEL_SEQUENCES sets how
 * many sequences are played, MEMSCAN_MODEL_FROM the first one. */
#include "check_main.h"

#include <stdlib.h>

#include "scan_model.h"
#include "scratch_folder.h"

static void complain(const char *text)
{
    ck_abort_msg("%s", text);
}

START_TEST(sequences_agree_with_the_model)
{
    char folder[256];
    const char *wanted = getenv("MEMSCAN_MODEL_SEQUENCES"), *from = getenv("MEMSCAN_MODEL_FROM");
    unsigned count = wanted ? (unsigned)strtoul(wanted, NULL, 10) : 300,
             first = from ? (unsigned)strtoul(from, NULL, 10) : 0;
    ck_assert(scratch_folder_create(folder, sizeof folder));
    for (unsigned sequence = first; sequence < first + count; sequence++)
        scan_model_play(&(scan_model_game){ .seed = 7000 + sequence, .folder = folder }, complain);
    ck_assert(scan_model_spared() > 0 || count < 50); /* writes were tracked, and it served for something */
    ck_assert(scratch_folder_remove(folder));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("scan_model");
    TCase *tests = tcase_create("scan_model");
    tcase_set_timeout(tests, 3000);
    tcase_add_test(tests, sequences_agree_with_the_model);
    suite_add_tcase(suite, tests);
    return suite;
}
