/* compare.h - the order of two values of a single numeric type, as they lie in memory. */
#ifndef MS_COMPARE_H
#define MS_COMPARE_H

#include <memscan/value.h>

typedef enum ms_order { MS_LESS, MS_EQUAL, MS_GREATER, MS_UNORDERED } ms_order;

/* UNORDERED: one is a NaN, or the type is not a single numeric one. -0.0 equals 0.0. */
ms_order ms_value_compare(memscan_type type, memscan_layout layout, const void *a, const void *b);

#endif
