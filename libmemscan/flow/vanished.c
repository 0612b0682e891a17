/* vanished.c - see vanished.h. */
#include "vanished.h"

#include "../base/host.h"

void ms_vanished_init(ms_vanished *vanished, memscan_target *target)
{
    *vanished = (ms_vanished){ .target = target };
}

void ms_vanished_deinit(ms_vanished *vanished)
{
    ms_region_map_release(vanished->map);
    vanished->map = NULL;
}

memscan_status ms_vanished_look(ms_vanished *vanished, uint64_t moment, memscan_error *error)
{
    if (vanished->map && vanished->taken_at > moment)
        return MEMSCAN_OK;
    ms_region_map *map;
    uint64_t now = ms_clock_ns();
    memscan_status status = ms_target_fresh_map(vanished->target, &map, error);
    if (status)
        return status;
    ms_region_map_release(vanished->map);
    vanished->map = ms_region_map_share(map);
    vanished->taken_at = now;
    return MEMSCAN_OK;
}

uint64_t ms_vanished_alike(const ms_vanished *vanished, uint64_t address, uint64_t size, bool *mapped)
{
    return ms_region_map_alike(vanished->map, address, size, mapped);
}

unsigned ms_vanished_slot(bool mapped, memscan_outcome outcome)
{
    if (!mapped)
        return ms_slot_of(MEMSCAN_NOT_MAPPED);
    return ms_slot_of(outcome == MEMSCAN_NOT_MAPPED ? MEMSCAN_FAULTY : outcome);
}

memscan_status ms_vanished_book(ms_vanished *vanished, const ms_reader *reader, ms_account *account,
                                memscan_error *error)
{
    const ms_array *holes = &reader->unread;
    memscan_status status = holes->count ? ms_vanished_look(vanished, reader->read_at, error) : MEMSCAN_OK;
    for (size_t i = 0; i < holes->count && !status; i++) {
        const ms_unread *hole = ms_array_at(holes, i);
        uint64_t alike;
        for (uint64_t done = 0; done < hole->size; done += alike) {
            bool mapped;
            alike = ms_vanished_alike(vanished, hole->address + done, hole->size - done, &mapped);
            account->slots[ms_vanished_slot(mapped, hole->outcome)] += alike;
        }
    }
    return status;
}
