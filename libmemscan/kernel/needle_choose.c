/* needle_choose.c - the best needle search for this CPU. Each set of a list can run wherever the one before it can, so
 * that the usable ones are the list's tail. (AVX-512 finds no more than AVX2 does: the copy is the bound.) */
#include "cpu.h"
#include "needle_sets.h"

#if defined(MS_KERNELS_X86)
static const ms_needle_set *const best_first[] = { &ms_needle_avx2, &ms_needle_sse2, &ms_needle_scalar, NULL };
#elif defined(MS_KERNELS_NEON)
static const ms_needle_set *const best_first[] = { &ms_needle_neon, &ms_needle_scalar, NULL };
#else
static const ms_needle_set *const best_first[] = { &ms_needle_scalar, NULL };
#endif

static size_t first_usable(void)
{
#if defined(MS_KERNELS_X86)
    return ms_cpu_has_avx2() ? 0 : 1;
#else
    return 0;
#endif
}

const ms_needle_set *const *ms_needle_sets(void)
{
    return best_first + first_usable();
}
