/* judge_float.h - a correctly rounding strtod and strtof, to judge others by. */
#ifndef JUDGE_FLOAT_H
#define JUDGE_FLOAT_H

double judge_double(const char *text);
float judge_float(const char *text);

#endif
