/* kernel_choose.c - the best set for this CPU. Each set of a list can run wherever the one before it can, so that the
 * usable ones are the list's tail. */
#include "cpu.h"
#include "kernel_sets.h"

#if defined(MS_KERNELS_X86)
static const ms_kernel_set *const best_first[] = { &ms_kernels_avx512, &ms_kernels_avx2, &ms_kernels_sse2,
                                                   &ms_kernels_scalar, NULL };

static size_t first_usable(void)
{
    return ms_cpu_has_avx512() ? 0 : ms_cpu_has_avx2() ? 1 : 2;
}
#else
static const ms_kernel_set *const best_first[] = {
#if defined(MS_KERNELS_NEON)
    &ms_kernels_neon,
#endif
    &ms_kernels_scalar, NULL
};

static size_t first_usable(void)
{
    return 0;
}
#endif

const ms_kernel_set *const *ms_kernel_sets(void)
{
    return best_first + first_usable();
}

const ms_kernel_set *ms_kernels(void)
{
    return ms_kernel_sets()[0];
}
