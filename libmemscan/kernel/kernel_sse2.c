/* kernel_sse2.c - the kernels in SSE2. */
#include "kernel_sets.h"
#include "vec_sse2.h"
#include "kernel_lanes.h"

const ms_kernel_set ms_kernels_sse2 = MS_KERNEL_SET("sse2");
