/* pattern_token.h - a pattern's text as tokens: here all dialects become one. */
#ifndef MS_PATTERN_TOKEN_H
#define MS_PATTERN_TOKEN_H

#include "pattern_form.h"

typedef enum ms_token_kind {
    MS_TOKEN_END,
    MS_TOKEN_BYTE,
    MS_TOKEN_JUMP,
    MS_TOKEN_OPEN,  /* ( */
    MS_TOKEN_BAR,   /* | */
    MS_TOKEN_CLOSE, /* ) */
    MS_TOKEN_MASK   /* xx? behind \x bytes */
} ms_token_kind;

typedef struct ms_token {
    ms_token_kind kind;
    size_t column; /* of its first character, from 1 */
    ms_pattern_byte byte;
    uint32_t least, most; /* JUMP */
    bool open;            /* JUMP without an upper bound */
    const char *mask;     /* MASK: letters x and ?, not ended by NUL */
    size_t mask_length;
} ms_token;

typedef struct ms_token_reader {
    const char *text;
    size_t length, at;
    size_t word_end;     /* the word that ends here has been checked: its bytes are taken pair by pair */
    bool escapes;        /* a \x byte was seen: x and ? may be a mask */
    size_t brace_column; /* of the { that is still open, else 0 */
    bool begun, closed;  /* something was taken; the closing brace was */
} ms_token_reader;

/* The next token. At the end of the text MS_TOKEN_END, again and again. */
memscan_status ms_token_next(ms_token_reader *reader, ms_token *token, memscan_error *error);

#endif
