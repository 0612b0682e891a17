/* compat.h - the one place for what compilers spell differently. Everything else is C17. */
#ifndef MS_COMPAT_H
#define MS_COMPAT_H

#if defined(__GNUC__) || defined(__clang__)
#if defined(__MINGW32__) && !defined(__clang__)
#define MS_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define MS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif
#define MS_FORCE_INLINE inline __attribute__((always_inline))
#if defined(__clang__)
#define MS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define MS_UNROLL _Pragma("GCC unroll 32")
#endif
#define MS_UNUSED  __attribute__((unused))
#define MS_NONNULL __attribute__((nonnull))
#elif defined(_MSC_VER)
#define MS_PRINTF(text, first)
#define MS_FORCE_INLINE __forceinline
#define MS_UNROLL
#define MS_UNUSED
#define MS_NONNULL
#else
#define MS_PRINTF(text, first)
#define MS_FORCE_INLINE inline
#define MS_UNROLL
#define MS_UNUSED
#define MS_NONNULL
#endif

#endif
