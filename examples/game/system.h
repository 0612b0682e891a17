/* system.h - the few things that the game asks of the system. */
#ifndef GAME_SYSTEM_H
#define GAME_SYSTEM_H

#include <stdbool.h>

void game_sleep_ms(unsigned milliseconds);
unsigned long game_process_id(void);
bool game_is_on_a_terminal(void);
/* Lines end in a newline alone, whatever the system is used to. */
void game_plain_lines(void);

#endif
