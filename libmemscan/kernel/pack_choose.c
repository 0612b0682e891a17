/* pack_choose.c - the best set for this CPU. Each set of a list can run wherever the one before it can, so that the
 * usable ones are the list's tail. */
#include "cpu.h"
#include "pack.h"

#if defined(MS_KERNELS_X86)
static const ms_pack_set *const best_first[] = { &ms_pack_avx512, &ms_pack_avx2, &ms_pack_scalar, NULL };

static size_t first_usable(void)
{
    return ms_cpu_has_avx512_vbmi2() ? 0 : ms_cpu_has_avx2() ? 1 : 2;
}
#else
static const ms_pack_set *const best_first[] = { &ms_pack_scalar, NULL };

static size_t first_usable(void)
{
    return 0;
}
#endif

const ms_pack_set *const *ms_pack_sets(void)
{
    return best_first + first_usable();
}

const ms_pack_set *ms_pack(void)
{
    return ms_pack_sets()[0];
}
