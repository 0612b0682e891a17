/* memscan/base.h - what every other header needs: version, status codes, the error record, the allocator,
 * and the token that cancels a long call.
 *
 * Rules that hold in every header of this library:
 *   - Addresses of the target are uint64_t, never pointers; sizes of the target's memory are uint64_t, sizes of
 *     our own buffers size_t. All sizes are in bytes.
 *   - A call that can fail returns a memscan_status and takes, as its last parameter, a memscan_error that may
 *     be NULL. A failed call leaves its objects as they were and its out parameters zeroed, unless it says
 *     otherwise.
 *   - One handle, one thread at a time; different handles freely. The exceptions are named where they are.
 *   - Text in and out is UTF-8 and ends in NUL. Text that comes from a target (names, paths) is handed over as
 *     the target spells it and may hold any byte but NUL: escape it before a terminal sees it
 *     (memscan_escape does).
 *   - Structs that the caller owns and passes in begin with their size and have an _INIT: fields are only ever
 *     added at the end. Structs that the library shows through a const pointer may grow at the end and are
 *     valid only as long as the call that showed them says.
 *   - Passing NULL where a pointer is required, or a handle that was closed, is a mistake of the caller's and
 *     is not diagnosed.
 *
 * The library is a guest in your program: it prints nothing, installs no signal handler, changes no locale and
 * keeps no mutable global. */
#ifndef MEMSCAN_BASE_H
#define MEMSCAN_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && !defined(MEMSCAN_STATIC)
#ifdef MEMSCAN_BUILDING
#define MEMSCAN_API __declspec(dllexport)
#else
#define MEMSCAN_API __declspec(dllimport)
#endif
#elif defined(__GNUC__) && !defined(_WIN32)
#define MEMSCAN_API __attribute__((visibility("default")))
#else
#define MEMSCAN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. The library's own is memscan_version(). */
#define MEMSCAN_VERSION_MAJOR 0
#define MEMSCAN_VERSION_MINOR 1
#define MEMSCAN_VERSION_PATCH 0

/* The version of the library as linked, "0.1.0". Static storage. */
MEMSCAN_API const char *memscan_version(void);
/* The optional libraries that it was built with, each followed by a space: "PCRE2 " for regular expressions (re:),
 * "utf8proc " for the case of all letters (text/i:, without it of ASCII's only), "libdw " for symbols (opened when one is
 * asked for: whether it is there is said then); "" for none. Static storage. */
MEMSCAN_API const char *memscan_built_with(void);

/* What a call came to. Zero is success, every failure is negative. The numbers are pinned: none is ever reused
 * or given another meaning; new ones may appear, so treat an unknown negative value as a failure. */
typedef enum memscan_status {
    MEMSCAN_OK = 0,
    MEMSCAN_NO_MEMORY = -1,     /* our own memory ran out; nothing was changed */
    MEMSCAN_INVALID = -2,       /* an argument, expression or address that cannot be meant */
    MEMSCAN_NOT_FOUND = -3,     /* no such process, module, name */
    MEMSCAN_DENIED = -4,        /* the system refuses; error.hint names the step that helps */
    MEMSCAN_GONE = -5,          /* the target ended, or runs another program image now */
    MEMSCAN_NOT_SUPPORTED = -6, /* this platform or target cannot do that */
    MEMSCAN_BUSY = -7,          /* someone else holds it (a traced process, a locked session) */
    MEMSCAN_CANCELLED = -8,     /* the cancel token was raised */
    MEMSCAN_STOPPED = -9,       /* a callback of the caller's answered "stop" */
    MEMSCAN_CORRUPT = -10,      /* a file's contents are not what its format demands */
    MEMSCAN_LIMIT = -11,        /* a limit (of length, nesting, matches, memory) was reached */
    MEMSCAN_IO = -12,           /* a file or stream of ours failed */
    MEMSCAN_TIMEOUT = -13,      /* the deadline passed */
    MEMSCAN_OS = -14,           /* any other failure of the operating system; error.os_code has it */
    MEMSCAN_MISMATCH = -15,     /* the bytes that were expected are not the ones that are there */
    MEMSCAN_UNREADABLE =
        -16, /* memory that is not mapped, or could not be read; error.address is the first such byte */
    MEMSCAN_UNWRITABLE = -17,   /* memory that is mapped, but the system refuses to write */
    MEMSCAN_AMBIGUOUS = -18,    /* several things fit where one was asked for */
    MEMSCAN_CHANGED_SINCE = -19 /* written, but other bytes stood there when read back: the target wrote too */
} memscan_status;

/* A status as the one word used in JSON and messages: "denied", "gone". Static storage; "unknown" for a number
 * this version does not know. */
MEMSCAN_API const char *memscan_status_name(memscan_status status);

/* Why a call failed: owned by the caller, usually on the stack, needs no initialisation and nothing is freed.
 * Written by a failing call only; its layout never changes. */
typedef struct memscan_error {
    memscan_status status;
    int32_t os_code;  /* errno or GetLastError(), 0 where no system call failed */
    uint64_t address; /* the address in the target that it is about, else 0 */
    char text[256];   /* one sentence, no full stop, no newline; names of the target's are escaped */
    char hint[256];   /* the one step that would help, or "" */
} memscan_error;

/* Memory for the library's own use. A target, and all that is made from it, takes memory only from the
 * allocator in its open options (but for what libproc2, libdw and the C library take themselves). Called from worker
 * threads too: must be thread-safe. `size` is sizeof(memscan_allocator). */
typedef struct memscan_allocator {
    size_t size;
    void *context;
    void *(*allocate)(void *context, size_t bytes);                                  /* NULL when there is none */
    void *(*resize)(void *context, void *block, size_t old_bytes, size_t new_bytes); /* block stays valid on NULL */
    void (*release)(void *context, void *block, size_t bytes);                       /* block may be NULL */
} memscan_allocator;

/* A token that cancels long calls. Hand it to a call through its options; while it is raised, that call (and
 * every later one with the same token) ends soon with MEMSCAN_CANCELLED. */
typedef struct memscan_cancel memscan_cancel;

/* NULL when memory ran out. */
MEMSCAN_API memscan_cancel *memscan_cancel_create(void);
/* Raises the token: atomic, from any thread and from a signal handler. */
MEMSCAN_API void memscan_cancel_raise(memscan_cancel *token);
/* Lowers it again, for the next call. */
MEMSCAN_API void memscan_cancel_lower(memscan_cancel *token);
MEMSCAN_API int memscan_cancel_is_raised(const memscan_cancel *token);
/* The token may be NULL. No call may be using it any more. */
MEMSCAN_API void memscan_cancel_destroy(memscan_cancel *token);

/* How far a long call has come, told on the caller's own thread about ten times a second. `total` may change
 * while the target does. Nonzero cancels the call (MEMSCAN_STOPPED). */
typedef int memscan_progress_fn(uint64_t done_bytes, uint64_t total_bytes, uint64_t matches, void *context);

/* Writes `text` into `out` so that a terminal may see it: control characters, invalid UTF-8, bidirectional and
 * invisible formatting characters become \xNN or \u{NNNN}, a backslash that
 * could be taken for the beginning of one of these, or stands before another, \\. Never overflows; what does not fit
 * is cut and ends in "...". Returns the length of the whole escaped text without its NUL, so that a result of at
 * least `capacity` means "cut". */
MEMSCAN_API size_t memscan_escape(const char *text, char *out, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
