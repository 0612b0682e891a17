/* check_quick.h - Check, whose assertions cost nothing while they hold. Check itself writes a message for every one that it
 * passes, so that a crash can be told to be behind it; in a loop of millions those messages take longer than what is tested.
 * Here every place is told once: when it is first passed. */
#ifndef CHECK_QUICK_H
#define CHECK_QUICK_H

#include <check.h>

#define _mark_point(file, line)                                                                                        \
    __extension__({                                                                                                    \
        static int check_told;                                                                                         \
        if (!__atomic_load_n(&check_told, __ATOMIC_RELAXED)) {                                                         \
            __atomic_store_n(&check_told, 1, __ATOMIC_RELAXED);                                                        \
            (_mark_point)(file, line);                                                                                 \
        }                                                                                                              \
    })

#endif
