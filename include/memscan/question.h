/* memscan/question.h - what to look for: expressions, as text and compiled.
 *
 * An expression is [TYPE:]VALUE, exactly as on the command line (docs/expressions.md):
 *   i32:100   u8:0xff   be:u32:100   ptr:0x7f001000   100..200   not 5   above 5   at least 5   below 5
 *   at most 5   f32:1.5   f32:1.5~0.01   f32:=1.5   "hello"   text:hello   text/i:hello   utf16:hello   hex:48 8B ?? 05   /[0-9]+/
 * Without a type: a plain number is i32, one with a point or exponent is float, "..." is text, /.../ is re, two or more byte
 * tokens are hex. A question is immutable once parsed: any number of calls, on any threads, may share it. */
#ifndef MEMSCAN_QUESTION_H
#define MEMSCAN_QUESTION_H

#include <memscan/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_question memscan_question;

/* Compiles `text` for targets of this layout.
 *   fallback   the type of an expression that names none; MEMSCAN_TYPE_NONE: the rules above
 *   allocator  NULL: malloc; must outlive the question
 *   INVALID         error.text says what is wrong and where, error.hint what to write instead
 *   LIMIT           longer or more deeply nested than a question may be
 *   NOT_SUPPORTED   what only a search that remembers can judge (memscan/scan.h: unknown, changed, +5),
 *                   or what this build cannot (re:) */
MEMSCAN_API memscan_status memscan_question_parse(const char *text, memscan_type fallback, memscan_layout layout,
                                                  const memscan_allocator *allocator, memscan_question **question,
                                                  memscan_error *error);
MEMSCAN_API void memscan_question_destroy(memscan_question *question); /* NULL is allowed */

/* The canonical form: an expression that means the same on every later version. Returns its whole length without
 * the NUL; what does not fit is cut. */
MEMSCAN_API size_t memscan_question_describe(const memscan_question *question, char *out, size_t capacity);

/* The types whose values it accepts, a set of MEMSCAN_TYPE_BITs. */
MEMSCAN_API uint32_t memscan_question_types(const memscan_question *question);

#ifdef __cplusplus
}
#endif
#endif
