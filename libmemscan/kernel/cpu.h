/* cpu.h - what this CPU can do, and the system saves across a context switch. */
#ifndef MS_CPU_H
#define MS_CPU_H

#include <stdbool.h>

bool ms_cpu_has_avx2(void);
bool ms_cpu_has_avx512(void);       /* F and BW, and AVX2 */
bool ms_cpu_has_avx512_vbmi2(void); /* these, and VBMI2 */

#endif
