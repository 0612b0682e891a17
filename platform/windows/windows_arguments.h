/* windows_arguments.h - a Windows command line, which is one text, as the arguments that a program makes of it. Names
 * no system. */
#ifndef MS_WINDOWS_ARGUMENTS_H
#define MS_WINDOWS_ARGUMENTS_H

#include <stddef.h>

/* Splits `line` by the rules of Microsoft's C runtime into `out`, each argument ended by NUL, and returns how many
 * bytes that took with the NULs. What does not fit is cut; what is there still ends in NUL. */
size_t ms_windows_split_arguments(const char *line, char *out, size_t capacity);

#endif
