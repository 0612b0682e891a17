/* describe.c - what a session file tells without its target: whose it is, how far it is. */
#include <memscan/scan.h>

#include <string.h>

#include "../base/alloc.h"
#include "../match/session.h"

memscan_status memscan_scan_describe(const char *path, memscan_scan_info *info, memscan_error *error)
{
    ms_session *session;
    memscan_scan_info told = MEMSCAN_SCAN_INFO_INIT;
    size_t size = info->size < sizeof told ? info->size : sizeof told;
    memscan_status status = ms_session_open(&ms_default_allocator, path, &session, error);
    if (status == MEMSCAN_OK) {
        const ms_step *step = ms_session_current(session);
        told.pid = session->identity.pid;
        told.start_time = session->identity.start_time;
        memcpy(told.executable, session->identity.executable, sizeof told.executable - 1);
        told.steps = session->steps.count;
        told.current = step ? session->current + 1 : 0;
        told.matches = step ? step->matches : 0;
        told.unix_time = step ? step->unix_time : 0;
        ms_session_destroy(session);
    }
    told.size = info->size;
    memcpy(info, &told, size);
    return status;
}
