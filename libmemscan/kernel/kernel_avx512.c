/* kernel_avx512.c - the kernels in AVX-512. */
#include "kernel_sets.h"
#include "vec_avx512.h"
#include "kernel_lanes.h"

const ms_kernel_set ms_kernels_avx512 = MS_KERNEL_SET("avx512");
