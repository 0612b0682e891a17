/* kernel_avx2.c - the kernels in AVX2. */
#include "kernel_sets.h"
#include "vec_avx2.h"
#include "kernel_lanes.h"

const ms_kernel_set ms_kernels_avx2 = MS_KERNEL_SET("avx2");
