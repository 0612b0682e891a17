/* account.c - where every byte of a search went, and the words for it. */
#include "account.h"

void ms_account_add(ms_account *account, const ms_account *more)
{
    account->scanned += more->scanned;
    for (size_t i = 0; i < MS_SLOT_COUNT; i++)
        account->slots[i] += more->slots[i];
}

uint64_t ms_account_total(const ms_account *account)
{
    uint64_t total = account->scanned;
    for (size_t i = 0; i < MS_SLOT_COUNT; i++)
        total += account->slots[i];
    return total;
}

void ms_account_report(const ms_account *account, uint64_t asked, memscan_report *report)
{
    uint64_t not_reached = asked - ms_account_total(account);
    report->asked = asked;
    report->scanned = account->scanned;
    report->skipped = report->failed = 0;
    for (size_t i = 0; i < MS_SLOT_FAIL; i++) {
        report->skipped_by[i] = account->slots[i];
        report->failed_by[i] = account->slots[MS_SLOT_FAIL + i];
        if (i == MEMSCAN_FAIL_NOT_REACHED)
            report->failed_by[i] += not_reached;
        report->skipped += report->skipped_by[i];
        report->failed += report->failed_by[i];
    }
}

const char *memscan_skip_name(memscan_skip skip)
{
    switch (skip) {
    case MEMSCAN_SKIP_UNTOUCHED: return "untouched";
    case MEMSCAN_SKIP_ABSENT_SHARED: return "absent_shared";
    case MEMSCAN_SKIP_SWAPPED: return "swapped";
    case MEMSCAN_SKIP_DEVICE: return "device";
    case MEMSCAN_SKIP_VANISHED: return "vanished";
    case MEMSCAN_SKIP_GUARD: return "guard";
    case MEMSCAN_SKIP_COUNT: break;
    }
    return "?";
}

const char *memscan_fail_name(memscan_fail fail)
{
    switch (fail) {
    case MEMSCAN_FAIL_PROTECTED: return "protected";
    case MEMSCAN_FAIL_FILE: return "file";
    case MEMSCAN_FAIL_BLOCKED: return "blocked";
    case MEMSCAN_FAIL_FAULTY: return "faulty";
    case MEMSCAN_FAIL_NOT_REACHED: return "not_reached";
    case MEMSCAN_FAIL_NOT_SAVED: return "not_saved";
    case MEMSCAN_FAIL_TOO_HARD: return "too_hard";
    case MEMSCAN_FAIL_COUNT: break;
    }
    return "?";
}

const char *memscan_stop_name(memscan_stop stop)
{
    switch (stop) {
    case MEMSCAN_STOP_NONE: return "none";
    case MEMSCAN_STOP_LIMIT: return "limit";
    case MEMSCAN_STOP_TIMEOUT: return "timeout";
    case MEMSCAN_STOP_CANCELLED: return "cancelled";
    case MEMSCAN_STOP_CALLER: return "caller";
    case MEMSCAN_STOP_GONE: return "gone";
    case MEMSCAN_STOP_ERROR: return "error";
    }
    return "?";
}
