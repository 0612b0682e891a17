/* strike.c - loaded into memscan before all other libraries (LD_PRELOAD), it lets one allocation or one system call of its
 * life fail, or be cut short. MEMSCAN_STRIKE is "memory N" or "call N CODE", CODE an errno or 0 for a call that moves only
 * a part of what it was asked to; N counts from 1, in main and what it calls. What is no number of a call strikes nothing.
 * On descriptor 9 it says which function was struck, and at the end how many allocations and calls there were.
 *
 * What the C library calls for itself is out of its reach: fopen is struck as a whole, writes to stdout are not. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SAID_ON = 9 };

static atomic_bool armed;
static atomic_ulong allocations, calls;
static unsigned long strike_allocation, strike_call;
static int code; /* an errno; 0: cut short */

/* The next definition of the same name. */
#define REAL(name)                                                                                                     \
    static __typeof__(&(name)) real;                                                                                   \
    if (!real)                                                                                                         \
    real = (__typeof__(real))(uintptr_t)dlsym(RTLD_NEXT, #name)

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char line[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    REAL(write);
    if (real(SAID_ON, line, (size_t)length) != length)
        _exit(99);
}

static _Thread_local int opening; /* libraries */

void *dlopen(const char *name, int flags)
{
    REAL(dlopen);
    opening++;
    void *library = real(name, flags);
    opening--;
    return library;
}

/* Not memscan's to mend: libnuma, which libproc2 loads, ends the program where it gets no memory, as the loader does, where
 * it gets none for what an opened library keeps for each thread; and looking up a user's name (getpwuid, for libproc2)
 * follows a null pointer in glibc 2.36. What memscan itself has the C library allocate, it does by fopen and opendir, which
 * are struck as calls. The calls of both are left alone, too. */
static bool is_others(const void *caller)
{
    Dl_info about;
    if (!dladdr(caller, &about) || !about.dli_fname)
        return false;
    return strstr(about.dli_fname, "libnuma") || strstr(about.dli_fname, "/libc.so") ||
           (!opening && strstr(about.dli_fname, "/ld-linux"));
}

static bool strikes_for(const void *caller, const char *name)
{
    if (!atomic_load(&armed) || atomic_fetch_add(&calls, 1) + 1 != strike_call || is_others(caller))
        return false;
    say("struck %s\n", name);
    errno = code;
    return true;
}

/* Whether it is this call's turn; used in the functions that stand in for calls. */
#define strikes(name) strikes_for(__builtin_return_address(0), name)

/* Calls that move bytes. */
static size_t part_of(size_t size)
{
    return size > 1 ? (size + 1) / 2 : size;
}

#define FAILS(name) (strikes(name) && code)

/* ---- memory ---- */

static bool runs_out(const char *name, const void *caller)
{
    if (!atomic_load(&armed) || atomic_fetch_add(&allocations, 1) + 1 != strike_allocation || is_others(caller))
        return false;
    say("struck %s\n", name);
    errno = ENOMEM;
    return true;
}

/* dlsym itself may ask for memory, before the real functions are known. */
static _Alignas(16) char first_bytes[8192];
static size_t first_used;

static void *first_memory(size_t size)
{
    void *at = first_bytes + first_used;
    first_used += (size + 15) / 16 * 16;
    return first_used <= sizeof first_bytes ? at : NULL;
}

static bool is_first(const void *block)
{
    return (uintptr_t)block - (uintptr_t)first_bytes < sizeof first_bytes;
}

static bool looking_up;

#define REAL_MEMORY(name)                                                                                              \
    static __typeof__(&(name)) real;                                                                                   \
    if (!real && !looking_up) {                                                                                        \
        looking_up = true;                                                                                             \
        real = (__typeof__(real))(uintptr_t)dlsym(RTLD_NEXT, #name);                                                   \
        looking_up = false;                                                                                            \
    }

void *malloc(size_t size)
{
    REAL_MEMORY(malloc)
    return !real ? first_memory(size) : runs_out("malloc", __builtin_return_address(0)) ? NULL : real(size);
}

void *calloc(size_t count, size_t size)
{
    REAL_MEMORY(calloc)
    return !real                                             ? first_memory(count * size)
           : runs_out("calloc", __builtin_return_address(0)) ? NULL
                                                             : real(count, size);
}

void *realloc(void *block, size_t size)
{
    REAL_MEMORY(realloc)
    if (!real || is_first(block)) {
        void *moved = malloc(size);
        return moved && block ? memcpy(moved, block, size) : moved;
    }
    return runs_out("realloc", __builtin_return_address(0)) ? NULL : real(block, size);
}

void free(void *block)
{
    REAL_MEMORY(free)
    if (real && !is_first(block))
        real(block);
}

/* ---- calls that move bytes ---- */

#define MOVING(name, size, ...)                                                                                        \
    REAL(name);                                                                                                        \
    bool struck = strikes(#name);                                                                                      \
    if (struck && code)                                                                                                \
        return -1;                                                                                                     \
    if (struck)                                                                                                        \
        (size) = part_of(size);                                                                                        \
    return real(__VA_ARGS__)

ssize_t read(int fd, void *buffer, size_t size)
{
    MOVING(read, size, fd, buffer, size);
}

ssize_t write(int fd, const void *bytes, size_t size)
{
    MOVING(write, size, fd, bytes, size);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    MOVING(pread, size, fd, buffer, size, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    MOVING(pwrite, size, fd, bytes, size, offset);
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long local_count, const struct iovec *remote,
                         unsigned long remote_count, unsigned long flags)
{
    REAL(process_vm_readv);
    if (!strikes("process_vm_readv"))
        return real(pid, local, local_count, remote, remote_count, flags);
    if (code)
        return -1;
    struct iovec here = local[0], there = remote[0];
    here.iov_len = there.iov_len = part_of(there.iov_len);
    return real(pid, &here, 1, &there, 1, flags);
}

static long cut_vector(long (*real)(long, ...), long number, int fd, const struct iovec *vector, long low, long high)
{
    struct iovec part = vector[0]; /* pagemap takes whole words only (fs/proc/task_mmu.c, pagemap_read) */
    part.iov_len = part.iov_len % 8 ? part_of(part.iov_len) : (part.iov_len / 2 + 7) / 8 * 8;
    return real(number, fd, &part, 1L, low, high);
}

/* The platform calls some by number. It is no matter how many arguments a call has: the rest is passed on unseen. */
long syscall(long number, ...)
{
    long a[6];
    va_list arguments;
    REAL(syscall);
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(arguments, long);
    va_end(arguments);
    bool moves = number == SYS_preadv || number == SYS_pwritev;
    bool may_fail = moves || number == SYS_openat || number == SYS_statx || number == SYS_pidfd_open || number == 437;
    bool struck = may_fail && strikes(number == SYS_preadv       ? "preadv"
                                      : number == SYS_pwritev    ? "pwritev"
                                      : number == SYS_statx      ? "statx"
                                      : number == SYS_pidfd_open ? "pidfd_open"
                                                                 : "openat");
    if (struck && code)
        return -1;
    if (struck && moves)
        return cut_vector(real, number, (int)a[0], (const struct iovec *)(uintptr_t)a[1], a[3], a[4]);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- calls that succeed or fail ---- */

#define REFUSED(name, failure, ...)                                                                                    \
    REAL(name);                                                                                                        \
    return FAILS(#name) ? (failure) : real(__VA_ARGS__)

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    REFUSED(open, -1, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    REFUSED(openat, -1, folder, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    REFUSED(ioctl, -1, fd, request, argument);
}

FILE *fopen(const char *path, const char *mode)
{
    REFUSED(fopen, NULL, path, mode);
}

/* It is closed all the same: fclose(3). */
int fclose(FILE *file)
{
    REAL(fclose);
    bool fails = FAILS("fclose");
    int result = real(file);
    if (fails)
        errno = code;
    return fails ? EOF : result;
}

DIR *opendir(const char *path)
{
    REFUSED(opendir, NULL, path);
}

DIR *fdopendir(int fd)
{
    REFUSED(fdopendir, NULL, fd);
}

int access(const char *path, int mode)
{
    REFUSED(access, -1, path, mode);
}

int stat(const char *restrict path, struct stat *restrict result)
{
    REFUSED(stat, -1, path, result);
}

int fstat(int fd, struct stat *result)
{
    REFUSED(fstat, -1, fd, result);
}

ssize_t readlink(const char *restrict path, char *restrict out, size_t capacity)
{
    REFUSED(readlink, -1, path, out, capacity);
}

ssize_t readlinkat(int folder, const char *restrict path, char *restrict out, size_t capacity)
{
    REFUSED(readlinkat, -1, folder, path, out, capacity);
}

int mkdir(const char *path, mode_t mode)
{
    REFUSED(mkdir, -1, path, mode);
}

int mkostemp(char *path, int flags)
{
    REFUSED(mkostemp, -1, path, flags);
}

int rename(const char *from, const char *to)
{
    REFUSED(rename, -1, from, to);
}

int unlink(const char *path)
{
    REFUSED(unlink, -1, path);
}

int ftruncate(int fd, off_t size)
{
    REFUSED(ftruncate, -1, fd, size);
}

int fdatasync(int fd)
{
    REFUSED(fdatasync, -1, fd);
}

int fsync(int fd)
{
    REFUSED(fsync, -1, fd);
}

int flock(int fd, int operation)
{
    REFUSED(flock, -1, fd, operation);
}

off64_t lseek64(int fd, off64_t offset, int whence)
{
    REFUSED(lseek64, -1, fd, offset, whence);
}

int poll(struct pollfd *list, nfds_t count, int milliseconds)
{
    REFUSED(poll, -1, list, count, milliseconds);
}

int pipe(int ends[2])
{
    REFUSED(pipe, -1, ends);
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*run)(void *),
                   void *restrict argument)
{
    REFUSED(pthread_create, code, thread, attributes, run, argument);
}

/* ---- from the beginning of main to its end ---- */

static int (*their_main)(int, char **, char **);
static pid_t struck_process;

static void say_totals(void)
{
    atomic_store(&armed, false);
    say("allocations %lu\ncalls %lu\n", atomic_load(&allocations), atomic_load(&calls));
}

/* The end of memscan's main, where it becomes the program that it was asked to run. */
int execvp(const char *program, char *const *words)
{
    REAL(execvp);
    if (FAILS("execvp"))
        return -1;
    if (getpid() == struck_process)
        say_totals();
    return real(program, words);
}

static int our_main(int count, char **words, char **environment)
{
    char what[16] = "";
    unsigned long number = 0;
    const char *wanted = getenv("MEMSCAN_STRIKE");
    if (wanted && sscanf(wanted, "%15s %lu %d", what, &number, &code) >= 2) {
        strike_allocation = strcmp(what, "memory") == 0 ? number : 0;
        strike_call = strcmp(what, "call") == 0 ? number : 0;
    }
    unsetenv("LD_PRELOAD"); /* what it starts is left alone, and keeps nothing of ours */
    fcntl(SAID_ON, F_SETFD, FD_CLOEXEC);
    struck_process = getpid();
    atomic_store(&armed, true);
    int result = their_main(count, words, environment);
    say_totals();
    return result;
}

typedef int start_fn(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *);
start_fn __libc_start_main;

int __libc_start_main(int (*main_function)(int, char **, char **), int count, char **words, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    REAL(__libc_start_main);
    their_main = main_function;
    return real(our_main, count, words, init, fini, rtld_fini, stack_end);
}
