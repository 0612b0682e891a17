/* check_main.h - one main for every Check suite: each test program defines test_suite(). */
#ifndef CHECK_MAIN_H
#define CHECK_MAIN_H

#include "check_quick.h"

Suite *test_suite(void);

#endif
