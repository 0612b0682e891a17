/* cpu.c - the one place that asks the CPU what it can do. An instruction set counts only when the system saves its
 * registers too (XGETBV; Intel SDM vol. 1, 14.3 and 15.2): GCC's and Clang's __builtin_cpu_supports looks at that
 * itself, with other compilers we do.
 *
 * Test builds (MEMSCAN_CPU_MASK) take sets away by the environment, MEMSCAN_CPU=-avx512,-avx2, so that every set can
 * be chosen on one machine. Nothing is remembered: the answers are asked for once a question, not once a search. */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <intrin.h>

#define XCR0_YMM (0x6u)         /* SSE and AVX state */
#define XCR0_ZMM (0xe0u | 0x6u) /* and opmask, both halves of the ZMM registers */

static bool supports(unsigned ebx_bits, unsigned ecx_bits, unsigned long long states)
{
    int registers[4];
    __cpuid(registers, 0);
    if (registers[0] < 7)
        return false;
    __cpuid(registers, 1);
    if (!((unsigned)registers[2] >> 27 & 1) || (_xgetbv(0) & states) != states) /* OSXSAVE */
        return false;
    __cpuidex(registers, 7, 0);
    return ((unsigned)registers[1] & ebx_bits) == ebx_bits && ((unsigned)registers[2] & ecx_bits) == ecx_bits;
}

static bool cpu_supports_avx2(void)
{
    return supports(1u << 5, 0, XCR0_YMM);
}

static bool cpu_supports_avx512(void)
{
    return supports(1u << 16 | 1u << 30, 0, XCR0_ZMM);
}

static bool cpu_supports_vbmi2(void)
{
    return supports(0, 1u << 6, XCR0_ZMM);
}
#elif defined(__x86_64__) || defined(__i386__)
static bool cpu_supports_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}

static bool cpu_supports_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}

static bool cpu_supports_vbmi2(void)
{
    return __builtin_cpu_supports("avx512vbmi2");
}
#else
static bool cpu_supports_avx2(void)
{
    return false;
}

static bool cpu_supports_avx512(void)
{
    return false;
}

static bool cpu_supports_vbmi2(void)
{
    return false;
}
#endif

static bool is_masked(const char *name)
{
#ifdef MEMSCAN_CPU_MASK
    const char *mask = getenv("MEMSCAN_CPU");
    return mask && strstr(mask, name);
#else
    (void)name;
    return false;
#endif
}

bool ms_cpu_has_avx2(void)
{
    return !is_masked("-avx2") && cpu_supports_avx2();
}

/* Not in 32-bit programs: there GCC 12 makes wrong masks of 64 lanes of them (seen with -m32, by test_find_differential). */
bool ms_cpu_has_avx512(void)
{
    bool wide = sizeof(void *) == 8;
    return wide && ms_cpu_has_avx2() && !is_masked("-avx512") && cpu_supports_avx512();
}

bool ms_cpu_has_avx512_vbmi2(void)
{
    return ms_cpu_has_avx512() && cpu_supports_vbmi2();
}
