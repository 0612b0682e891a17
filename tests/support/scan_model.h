/* scan_model.h - stateful searches against a naive model. One game at a time. */
#ifndef SCAN_MODEL_H
#define SCAN_MODEL_H

#include <stddef.h>
#include <stdint.h>

typedef struct scan_model_game {
    uint64_t seed;        /* decides what memory holds, and all that `bytes` does not decide */
    const uint8_t *bytes; /* decide what is asked and done, until they are used up, which ends the game; or NULL */
    size_t size;
    const char *folder; /* for the session's file */
} scan_model_game;

/* Told what the session got wrong; does not come back. */
typedef void scan_model_complain(const char *text);

void scan_model_play(const scan_model_game *game, scan_model_complain *complain);

/* Bytes that next scans did not read again, of all games so far. */
uint64_t scan_model_spared(void);

#endif
