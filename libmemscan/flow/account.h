/* account.h - where every byte of a search went. The promise "asked = scanned + skipped + failed" is kept by
 * construction: bytes are only ever added to one slot, and what is in none at the end was not reached. */
#ifndef MS_ACCOUNT_H
#define MS_ACCOUNT_H

#include "../target/piece.h"

typedef struct ms_account {
    uint64_t scanned;
    uint64_t slots[MS_SLOT_COUNT]; /* a memscan_skip, or MS_SLOT_FAIL + a memscan_fail */
} ms_account;

void ms_account_add(ms_account *account, const ms_account *more);
/* All bytes in it. */
uint64_t ms_account_total(const ms_account *account);
/* The byte counts of a report about `asked` bytes; what `account` does not hold was not reached. */
void ms_account_report(const ms_account *account, uint64_t asked, memscan_report *report);

#endif
