/* core.h - the parts of a core file. It is written front to back in one pass: room for the header, the memory, the notes,
 * the program headers; the header itself comes last, when it is known where they lie (elf(5): e_phoff may be anywhere). */
#ifndef MS_CORE_H
#define MS_CORE_H

#include <memscan/dump.h>

#include "../base/array.h"
#include "../base/file.h"
#include "../flow/account.h"
#include "../flow/progress.h"
#include "../flow/selection.h"
#include "../target/target.h"

/* A PT_LOAD: of its `memory` bytes, the first `saved` are in the file. */
typedef struct ms_core_segment {
    uint64_t address, memory, saved, offset;
    uint32_t protection; /* MEMSCAN_PROT_ bits */
} ms_core_segment;

typedef struct ms_core {
    memscan_target *target;
    ms_file *file;
    uint64_t end;      /* of the file so far */
    ms_array segments; /* of ms_core_segment */
    ms_account account;
    ms_progress progress;
    uint64_t asked;
} ms_core;

/* Whether addresses are 64 bits wide, in the target and so in the file. */
bool ms_core_is_wide(const ms_core *core);

/* core_memory.c: writes the memory of a selection, and notes its segments. */
memscan_status ms_core_save(ms_core *core, const ms_selection *selection, const memscan_filter *filter,
                            memscan_error *error);

/* core_notes.c: appends the notes' bytes (initialised as an array of uint8_t) about the process. */
memscan_status ms_core_notes(const ms_core *core, ms_region_map *map, ms_array *notes, memscan_error *error);
/* The e_machine of targets on this machine. */
uint16_t ms_core_machine(const ms_core *core);

/* dump.c: `size` bytes at `offset`, but for whole pages of zeros, which stay holes. */
memscan_status ms_dump_write(ms_file *file, uint64_t offset, const uint8_t *bytes, size_t size, memscan_error *error);

#endif
