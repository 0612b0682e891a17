/* kernel_sets.h - one table for each instruction set. Which of them a build holds is decided in cmake/kernels.cmake. */
#ifndef MS_KERNEL_SETS_H
#define MS_KERNEL_SETS_H

#include "kernel.h"

extern const ms_kernel_set ms_kernels_scalar, ms_kernels_sse2, ms_kernels_avx2, ms_kernels_avx512, ms_kernels_neon;

#endif
