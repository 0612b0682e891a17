/* judge_float.c - the C library's strtod and strtof; but mingw-w64's own are off by one bit now and then
 * (3.626044399824447e-217), so there the universal C runtime's are asked, which are exact. */
#include "judge_float.h"

#include <stdlib.h>

#if defined(__MINGW32__)
#include <string.h>
#include <windows.h>

static void look_up(const char *name, void *call, size_t size)
{
    FARPROC found = GetProcAddress(LoadLibraryA("ucrtbase.dll"), name);
    if (!found)
        abort();
    memcpy(call, &found, size);
}

double judge_double(const char *text)
{
    double(__cdecl * call)(const char *, char **);
    look_up("strtod", &call, sizeof call);
    return call(text, NULL);
}

float judge_float(const char *text)
{
    float(__cdecl * call)(const char *, char **);
    look_up("strtof", &call, sizeof call);
    return call(text, NULL);
}
#else
double judge_double(const char *text)
{
    return strtod(text, NULL);
}

float judge_float(const char *text)
{
    return strtof(text, NULL);
}
#endif
