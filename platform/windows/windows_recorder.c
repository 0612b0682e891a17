/* windows_recorder.c - base/recorder.h on Windows, where nothing can be put before a program's allocator from outside. */
#include "../../libmemscan/base/recorder.h"

const ms_recorder_system *ms_recorder_here(void)
{
    return NULL;
}
