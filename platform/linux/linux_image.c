/* linux_image.c - what tells this process image from every other one, also after a restart of the machine.
 *
 * What is read here by name of the process belongs to the image that was opened, because that image is asked last:
 * while it is alive, the process cannot have executed another one meanwhile. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_proc.h"
#include "linux_stacks.h"
#include "linux_where.h"

/* What is not permitted to us, or not there at all, stays unknown, today and when it is asked again. Anything else is a
 * failure: an identity that is less than it could be would not be recognised later. */
static bool may_stay_unknown(void)
{
    return errno == EACCES || errno == EPERM || errno == ENOENT;
}

static bool tell_boot(const linux_target *target, memscan_identity *identity)
{
    if (ms_linux_small_file(target, "/proc/sys/kernel/random/boot_id", identity->boot, sizeof identity->boot) < 0) {
        identity->boot[0] = 0;
        return may_stay_unknown();
    }
    identity->boot[strcspn(identity->boot, "\n")] = 0;
    return true;
}

/* O_PATH: the file system behind it is not asked to open anything. */
static bool tell_executable(const linux_target *target, memscan_identity *identity)
{
    linux_stat file;
    int fd = target->sys->openat(target->proc_fd, "exe", O_PATH | O_CLOEXEC);
    bool told = fd >= 0 && target->sys->stat(fd, &file) == 0, right = told || may_stay_unknown();
    if (told) {
        identity->device = (uint64_t)file.device_major << 32 | file.device_minor;
        identity->inode = file.inode;
    }
    if (fd >= 0)
        close(fd);
    ssize_t length = readlinkat(target->proc_fd, "exe", identity->executable, sizeof identity->executable - 1);
    identity->executable[length > 0 ? length : 0] = 0;
    return right;
}

/* Where code begins and the stack lies: field 26 and 28 of proc_pid_stat(5). */
static bool tell_places(const linux_target *target, memscan_identity *identity)
{
    char text[1024];
    linux_stat_line line;
    ssize_t length = ms_linux_small_file(target, "stat", text, sizeof text);
    if (length < 0)
        return may_stay_unknown();
    if (!ms_linux_stat_parse(text, (size_t)length, &line))
        return false;
    identity->load_address = line.code_start;
    identity->stack_address = line.stack_start;
    return true;
}

/* The module that the code begins in is the executable's; it begins below. */
static int find_executable(const memscan_module *module, void *context)
{
    memscan_identity *identity = context;
    uint64_t code = identity->load_address;
    if (code < module->base || code - module->base >= module->size)
        return 0;
    identity->load_address = module->base;
    if (module->build_id && module->build_id_length <= sizeof identity->build_id) {
        memcpy(identity->build_id, module->build_id, module->build_id_length);
        identity->build_id_length = (uint32_t)module->build_id_length;
    }
    return 0;
}

memscan_status ms_linux_image_identity(void *state, memscan_identity *identity, memscan_error *error)
{
    linux_target *target = state;
    identity->pid = target->pid;
    identity->start_time = target->start_time;
    bool told = tell_boot(target, identity) && tell_executable(target, identity) && tell_places(target, identity);
    int os_code = errno;
    memscan_status status = ms_linux_alive(state, error);
    if (!status && !told)
        status = ms_fail_os(error, MEMSCAN_OS, os_code, "cannot ask who process %llu is: %s",
                            (unsigned long long)target->pid, ms_linux_error_text(os_code));
    if (!status)
        status = ms_linux_modules(state, find_executable, identity, error);
    return status ? status : ms_linux_alive(state, error);
}

memscan_status ms_linux_image_auxiliary(void *state, void *vector, size_t capacity, size_t *length,
                                        memscan_error *error)
{
    linux_target *target = state;
    char text[4096 + 1]; /* ms_linux_small_file ends it in NUL */
    ssize_t got = ms_linux_small_file(target, "auxv", text, sizeof text);
    if (got < 0)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot read the auxiliary vector: %s", ms_linux_error_text(errno));
    *length = (size_t)got < capacity ? (size_t)got : capacity;
    memcpy(vector, text, *length);
    return MEMSCAN_OK;
}

/* The last two numbers of /proc/PID/task/TID/syscall (proc_pid_syscall(5)); a thread on a CPU says only "running". */
memscan_status ms_linux_image_thread_place(void *state, uint64_t thread, uint64_t *stack_pointer, uint64_t *instruction,
                                           memscan_error *error)
{
    char name[64], text[256];
    (void)error;
    snprintf(name, sizeof name, "task/%llu/syscall", (unsigned long long)thread);
    ssize_t length = ms_linux_small_file(state, name, text, sizeof text);
    if (length <= 0 || !ms_linux_stack_parse(text, (size_t)length, stack_pointer))
        return MEMSCAN_OK;
    text[strcspn(text, "\n")] = 0;
    const char *last = strrchr(text, ' ') + 1; /* ms_linux_stack_parse found two blanks */
    if (!ms_parse_u64(last, strlen(last), instruction))
        *instruction = 0;
    return MEMSCAN_OK;
}
