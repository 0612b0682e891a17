/* reader.h - a unit of work, read: the stretches that were obtained, and the holes. */
#ifndef MS_READER_H
#define MS_READER_H

#include "plan.h"

/* Contiguous bytes of one area that were obtained, all own or all read ahead. Two stretches touch when the address
 * of one is where the other ends; then they touch in the buffer too. */
typedef struct ms_stretch {
    uint64_t address;
    size_t offset; /* in the buffer */
    size_t size;
    const ms_area *area;
    bool own;
} ms_stretch;

/* Own bytes that were not obtained. */
typedef struct ms_unread {
    uint64_t address;
    uint64_t size;
    memscan_outcome outcome; /* as the platform put it: whether it is mapped at all is still to be found out */
} ms_unread;

/* What one worker reads with. */
typedef struct ms_reader {
    memscan_target *target;
    ms_fetch_room room;
    ms_array holes;     /* of ms_hole */
    ms_array stretches; /* of ms_stretch, ascending: the answer */
    ms_array unread;    /* of ms_unread, ascending: the answer */
    uint64_t scanned;   /* own bytes obtained */
    uint64_t read_at;   /* ms_clock_ns after reading */
} ms_reader;

memscan_status ms_reader_init(ms_reader *reader, memscan_target *target, memscan_error *error);
void ms_reader_deinit(ms_reader *reader);

/* Reads the unit into `buffer`, the one it was planned for. */
memscan_status ms_reader_read(ms_reader *reader, const ms_unit *unit, const uint8_t *buffer, memscan_error *error);

/* How many bytes touch behind the stretch at `index`, in stretches of areas of one of `groups`; `enough` ends the
 * count. */
size_t ms_reader_beyond(const ms_reader *reader, size_t index, uint32_t groups, size_t enough);

#endif
