/* program.c - fork, exec, wait. What the program says goes to files, so that nobody waits for a reader. */
#define _GNU_SOURCE
#include "program.h"

#include "check_quick.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEPT_AS = 9 };

static int file_in_memory(const char *text)
{
    int fd = memfd_create("program", MFD_CLOEXEC);
    size_t length = text ? strlen(text) : 0;
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, text, length, 0), length);
    return fd;
}

static void become(const char *const *words, const program_settings *settings, int in, int out, int err)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    for (const char *const *one = settings->more; one && *one; one++)
        putenv((char *)(uintptr_t)*one);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
        (settings->keep_fd >= 0 && dup2(settings->keep_fd, KEPT_AS) < 0))
        _exit(126);
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

void program_begin(program *one, const char *const *words, const program_settings *settings)
{
    static const program_settings none = { .keep_fd = -1 };
    if (!settings)
        settings = &none;
    memset(one, 0, sizeof *one);
    int in = file_in_memory(settings->input);
    one->out_fd = file_in_memory(NULL);
    one->err_fd = file_in_memory(NULL);
    one->pid = fork();
    ck_assert_int_ge(one->pid, 0);
    if (one->pid == 0)
        become(words, settings, in, one->out_fd, one->err_fd);
    close(in);
}

static char *take_up(int fd, size_t *length)
{
    struct stat status;
    ck_assert_int_eq(fstat(fd, &status), 0);
    *length = (size_t)status.st_size;
    char *text = malloc(*length + 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(pread(fd, text, *length, 0), *length);
    text[*length] = '\0';
    close(fd);
    return text;
}

void program_finish(program *one)
{
    while (waitpid(one->pid, &one->status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    one->out = take_up(one->out_fd, &one->out_length);
    one->err = take_up(one->err_fd, &one->err_length);
}

void program_run(program *one, const char *const *words, const program_settings *settings)
{
    program_begin(one, words, settings);
    program_finish(one);
}

void program_forget(program *one)
{
    free(one->out);
    free(one->err);
    one->out = one->err = NULL;
}

int program_code(const program *one)
{
    return WIFEXITED(one->status) ? WEXITSTATUS(one->status) : -1;
}
