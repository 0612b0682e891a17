/* fuzz_scan_model.c - a stateful search, played against a naive model (support/scan_model.h): the bytes decide what
 * memory holds, what is asked, and whether the next step is a scan, an undo, a mark, a save, or memory that
 * vanishes. */
#include "fuzz.h"

#include "scan_model.h"
#include "scratch_folder.h"

static char folder[256];

static void complain(const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

static void remove_folder(void)
{
    scratch_folder_remove(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!folder[0]) {
        FUZZ_CHECK(scratch_folder_create(folder, sizeof folder));
        atexit(remove_folder);
    }
    if (size > 0)
        scan_model_play(&(scan_model_game){ .seed = 7, .bytes = data, .size = size, .folder = folder }, complain);
    return 0;
}
