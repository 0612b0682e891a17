/* memscan/patch.h - change several places of a target as one whole, so that it can be undone.
 *
 * A patch is a list of edits. An edit says where (a pattern to find, or an address), what must stand there, and what
 * shall stand there. Applying one goes in three steps:
 *   1. Everything is checked: every pattern is found exactly as often as its edit says, every expected byte stands
 *      where it should, every place can take a write. Nothing has been changed so far.
 *   2. The journal, from which memscan_patch_revert undoes the patch, is written and synced to the disk.
 *   3. The bytes are written and read back. When any place fails, those already written are put back as they were,
 *      wherever they still hold what was written.
 * Looking and writing is not atomic: the target runs on. Each place is compared with what was seen there right before
 * it is written, and an aligned place of up to 8 bytes is written in one piece, but a target that writes, or executes,
 * the same bytes in that moment may see some edits and not yet others. Where that matters, stop it first
 * (memscan_suspend; `--suspend` on the command line): then nothing comes between. A thread that was stopped in the middle
 * of instructions that are replaced goes on in the middle of the new ones all the same. */
#ifndef MEMSCAN_PATCH_H
#define MEMSCAN_PATCH_H

#include <memscan/target.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_patch memscan_patch;

/* One edit. Texts are copied. Bytes are written as
 *   48 8B ?? 05        in hex, also without spaces; ?? (in `expect`: any byte; in `replace`: left as it is)
 *   nop:5              five bytes that the processor passes over
 *   i32:999, f32:1.5, text:hello, "hello", ptr:0x1000, be:u16:7   a value (memscan/value.h) */
typedef struct memscan_edit {
    size_t size;
    const char *name;    /* for people; NULL: none */
    const char *find;    /* what to look for: bytes as above, ?? and half bytes (4?) where any may stand */
    const char *module;  /* `find` only: look in this module, by name or path; NULL: in all readable memory */
    uint32_t matches;    /* `find` only: how many places there must be; 0: one */
    uint32_t offset;     /* `find` only: where the new bytes go, from the beginning of a match */
    const char *address; /* instead of `find`: an address as memscan_resolve reads it */
    const char *expect;  /* `address` only, and demanded there: the bytes that stand there unless it is applied */
    const char *replace; /* the new bytes */
} memscan_edit;
#define MEMSCAN_EDIT_INIT                                                                                              \
    {                                                                                                                  \
        sizeof(memscan_edit), NULL, NULL, NULL, 0, 0, NULL, NULL, NULL                                                 \
    }

/* An empty patch. `allocator` NULL: malloc; must outlive the patch. */
MEMSCAN_API memscan_status memscan_patch_create(const memscan_allocator *allocator, memscan_patch **patch,
                                                memscan_error *error);
MEMSCAN_API void memscan_patch_destroy(memscan_patch *patch); /* NULL is allowed */
/* Adds an edit behind the others. INVALID: it cannot be meant. LIMIT: too many, or too long. */
MEMSCAN_API memscan_status memscan_patch_add(memscan_patch *patch, const memscan_edit *edit, memscan_error *error);
MEMSCAN_API size_t memscan_patch_count(const memscan_patch *patch); /* of its edits */

/* Reads a patch from the text of a patch file (docs/formats.md). CORRUPT: not JSON; INVALID: no patch that could be
 * meant; error.text names the edit. */
MEMSCAN_API memscan_status memscan_patch_parse(const char *json, size_t length, const memscan_allocator *allocator,
                                               memscan_patch **patch, memscan_error *error);
/* The same from a file. NOT_FOUND, DENIED, IO besides. */
MEMSCAN_API memscan_status memscan_patch_load(const char *path, const memscan_allocator *allocator,
                                              memscan_patch **patch, memscan_error *error);

/* What became of one place. Pinned numbers. */
typedef enum memscan_place_state {
    MEMSCAN_PLACE_WOULD_CHANGE = 0,  /* a dry run: the new bytes would be written */
    MEMSCAN_PLACE_CHANGED = 1,       /* written and read back */
    MEMSCAN_PLACE_ALREADY = 2,       /* the new bytes stood there before: nothing was written */
    MEMSCAN_PLACE_CHANGED_SINCE = 3, /* written, but the target wrote there too before it was read back */
    MEMSCAN_PLACE_NOT_WRITTEN = 4,   /* the patch failed before its turn came, or at it */
    MEMSCAN_PLACE_RESTORED = 5,      /* the patch failed: it was written, and put back as it was */
    MEMSCAN_PLACE_LEFT = 6           /* the patch failed: it was written, and could not wholly be put back */
} memscan_place_state;
MEMSCAN_API const char *memscan_place_state_name(memscan_place_state state); /* "already"; static storage */

/* A run of bytes that an edit changes: an edit has several where it matches several times or leaves bytes between as
 * they are. Valid during the visit. */
typedef struct memscan_patch_change {
    size_t edit;      /* its index */
    const char *name; /* of the edit, or "" */
    uint64_t address;
    size_t length;
    const uint8_t *old_bytes; /* what stood there */
    const uint8_t *new_bytes;
    memscan_place_state state;
} memscan_patch_change;

/* Told of every place, ascending by edit and then by address, once it is known what became of it: also when writing
 * failed, but not when the checks did. */
typedef void memscan_patch_change_fn(const memscan_patch_change *change, void *context);

typedef struct memscan_patch_options {
    size_t size;
    uint8_t dry_run;            /* check and tell; write nothing, no journal either */
    const char *journal;        /* the file to write; INVALID when there is one of that name already. NULL: none, but
                                   see journal_folder. Folders that are missing are made */
    const char *journal_folder; /* with `journal` NULL: write one in this folder, under a name of its own */
    memscan_patch_change_fn *visit; /* or NULL */
    void *context;
    memscan_progress_fn *progress; /* of the search; or NULL */
    void *progress_context;
    const memscan_cancel *cancel; /* until the first byte is written; or NULL */
} memscan_patch_options;
#define MEMSCAN_PATCH_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(memscan_patch_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL                                     \
    }

/* Counts of places, by memscan_place_state. Its layout never changes; needs no initialisation. */
typedef struct memscan_patch_report {
    uint64_t places;
    uint64_t by_state[16];
    char journal[4096]; /* the path of the journal that can undo it; "" when there is none */
} memscan_patch_report;

/* Applies a patch. The target must be open for MEMSCAN_WRITE unless it is a dry run. `options` and `report` may be NULL.
 * OK also when nothing was left to do: every place holds its new bytes already.
 *   NOT_FOUND       a pattern is not there at all         AMBIGUOUS   it is there too often, or too seldom
 *   MISMATCH        an address holds other bytes          INVALID     two edits overlap; an address cannot be meant
 *   UNREADABLE      a place, or part of what had to be searched, cannot be read
 *   UNWRITABLE      a place takes no writes; what was written before is put back
 *   CHANGED_SINCE   all was written, but the target wrote to a place before it was read back: see the visits
 *   GONE, DENIED, CANCELLED, and what writing the journal may end with (IO, LIMIT: disk full)
 * The journal of a patch that failed and was wholly put back is removed again. */
MEMSCAN_API memscan_status memscan_patch_apply(memscan_target *target, const memscan_patch *patch,
                                               const memscan_patch_options *options, memscan_patch_report *report,
                                               memscan_error *error);

/* Undoes what the journal at `path` tells of: every place must hold what was written there, or what stood there before
 * (also byte by byte: who was killed in the middle left both). Of the options the journal ones are not looked at.
 *   MISMATCH   other bytes stand there by now, or the target is another process image: nothing was written
 *   CORRUPT    not a journal. One that is empty was never begun to be applied. */
MEMSCAN_API memscan_status memscan_patch_revert(memscan_target *target, const char *path,
                                                const memscan_patch_options *options, memscan_patch_report *report,
                                                memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
