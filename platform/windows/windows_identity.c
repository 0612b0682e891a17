/* windows_identity.c - what makes a process image that one and no other.
 *
 * The number and the start time (a FILETIME, 100 ns) are together unlike any other process's, also after a restart of
 * the machine; so the boot needs no name of its own, and Windows gives it none that lasts. */
#include "windows_target.h"

#include <stdio.h>
#include <string.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "windows_modules.h"
#include "windows_path.h"
#include "windows_text.h"
#include "windows_uses.h"

/* The volume and the file of the executable, as the system numbers them; paths->wide holds its path. */
static void learn_file(const windows_paths *paths, memscan_identity *identity)
{
    BY_HANDLE_FILE_INFORMATION about;
    HANDLE file = CreateFileW(paths->wide, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    if (GetFileInformationByHandle(file, &about)) {
        identity->device = about.dwVolumeSerialNumber;
        identity->inode = (uint64_t)about.nFileIndexHigh << 32 | about.nFileIndexLow;
    }
    CloseHandle(file);
}

static void learn_image(const windows_target *target, memscan_identity *identity, windows_image *image)
{
    uint8_t head[WINDOWS_IMAGE_HEAD], record[WINDOWS_DEBUG_HEAD];
    identity->load_address = ms_windows_load_address(target);
    identity->stack_address = ms_windows_stack_address(target);
    if (!identity->load_address || !ms_windows_peek(target, identity->load_address, head, sizeof head) ||
        !ms_windows_image_parse(head, sizeof head, target->page_size, image))
        return;
    const uint8_t *id = ms_windows_build_id(target, identity->load_address, image, record);
    if (!id)
        return;
    identity->build_id_length = WINDOWS_BUILD_ID;
    memcpy(identity->build_id, id, WINDOWS_BUILD_ID);
}

memscan_status ms_windows_identity(void *state, memscan_identity *identity, memscan_error *error)
{
    windows_target *target = state;
    identity->pid = target->pid;
    identity->start_time = target->start_time;
    windows_paths *paths = ms_windows_paths_create(target->allocator);
    windows_image *image = ms_alloc(target->allocator, sizeof *image);
    if (paths && image) {
        ms_windows_cut(ms_windows_process_path(paths, target->process), identity->executable,
                       sizeof identity->executable);
        learn_file(paths, identity);
        learn_image(target, identity, image);
    }
    memscan_status status = paths && image ? ms_windows_alive(target, error) : ms_fail_memory(error);
    ms_free(target->allocator, image, sizeof *image);
    ms_windows_paths_destroy(paths);
    return status;
}
