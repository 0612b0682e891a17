/* kernel_neon.c - the kernels in NEON. */
#include "kernel_sets.h"
#include "vec_neon.h"
#include "kernel_lanes.h"

const ms_kernel_set ms_kernels_neon = MS_KERNEL_SET("neon");
