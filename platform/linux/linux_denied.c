/* linux_denied.c - a refusal in words: one sentence with the cause, one hint with the step.
 *
 * The rules stand in the order in which the kernel refuses (ptrace(2), "Ptrace access mode checking"; Yama in
 * Documentation/admin-guide/LSM/Yama.rst), so that the step that is named is one that helps: it never says "sudo"
 * where the superuser is refused, too. Giving the program file capabilities is never a hint: whoever may run it could
 * then read every process of the machine. */
#define _GNU_SOURCE
#include "linux_denied.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_proc.h"

/* ------------------------------------------------------------------------------------------------ the rules */

static const char run_as_superuser[] = "run memscan with sudo";
static const char leave_container[] =
    "run memscan on the host, or start the container with the capability SYS_PTRACE (--cap-add=SYS_PTRACE)";

typedef struct rule {
    bool (*applies)(const linux_denial *);
    memscan_status status;
    const char *text; /* with %llu for the process */
    const char *hint;
} rule;

static bool is_hidden(const linux_denial *d)
{
    return d->hidden;
}
static bool is_missing(const linux_denial *d)
{
    return !d->exists || d->os_code == ENOENT;
}
static bool is_kernel_thread(const linux_denial *d)
{
    return d->kernel_thread;
}
static bool has_ended(const linux_denial *d)
{
    return d->ended || d->os_code == ESRCH;
}
static bool is_closed_to_all(const linux_denial *d)
{
    return d->ptrace_scope == 3;
}
/* The superuser of a container, or one whose capabilities were taken away. */
static bool is_contained_superuser(const linux_denial *d)
{
    return (d->other_user || d->undumpable) && d->superuser && (d->contained || !d->cap_ptrace);
}
static bool is_contained_user(const linux_denial *d)
{
    return d->other_user && d->contained && !d->superuser && !d->root_may;
}
static bool lacks_override(const linux_denial *d)
{
    return d->other_user && d->cap_ptrace && !d->cap_override && d->os_code == EACCES;
}
static bool is_other_users(const linux_denial *d)
{
    return d->other_user && !d->cap_ptrace;
}
static bool is_undumpable(const linux_denial *d)
{
    return d->undumpable && !d->cap_ptrace;
}
static bool is_for_superuser_only(const linux_denial *d)
{
    return d->ptrace_scope == 2 && !d->cap_ptrace;
}
static bool is_for_parents_only(const linux_denial *d)
{
    return d->ptrace_scope == 1 && !d->cap_ptrace && !d->descendant;
}
static bool is_filtered(const linux_denial *d)
{
    return d->filtered && d->os_code == EPERM;
}
static bool is_traced(const linux_denial *d)
{
    return d->tracer != 0 && d->os_code == EPERM;
}
static bool is_contained(const linux_denial *d)
{
    return d->contained;
}
static bool always(const linux_denial *d)
{
    (void)d;
    return true;
}

/* The first rule that applies speaks. */
static const rule rules[] = {
    { is_hidden, MEMSCAN_DENIED, "process %llu is hidden from this user (/proc is mounted with hidepid)",
      run_as_superuser },
    { is_missing, MEMSCAN_NOT_FOUND, "there is no process %llu", "" },
    { is_kernel_thread, MEMSCAN_NOT_FOUND, "process %llu is a thread of the kernel: it has no memory of its own", "" },
    { has_ended, MEMSCAN_NOT_FOUND, "process %llu has ended", "" },
    { is_closed_to_all, MEMSCAN_DENIED, "this system lets nobody read another process (kernel.yama.ptrace_scope is 3)",
      "set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d and start the machine anew: 3 cannot be lowered before" },
    { is_contained_superuser, MEMSCAN_DENIED,
      "process %llu is out of reach from inside this container: its superuser may not read other users' processes",
      leave_container },
    { is_contained_user, MEMSCAN_DENIED, "process %llu belongs to another user, and this is a container or sandbox",
      leave_container },
    { lacks_override, MEMSCAN_DENIED,
      "process %llu belongs to another user: CAP_SYS_PTRACE alone does not open its memory", run_as_superuser },
    { is_other_users, MEMSCAN_DENIED, "process %llu belongs to another user (%s)", run_as_superuser },
    { is_undumpable, MEMSCAN_DENIED,
      "process %llu is protected: it was started with more rights than its user has, or it asked not to be read",
      run_as_superuser },
    { is_for_superuser_only, MEMSCAN_DENIED,
      "only the superuser may read other processes here (kernel.yama.ptrace_scope is 2)", run_as_superuser },
    { is_for_parents_only, MEMSCAN_DENIED,
      "a process may read only what it started itself here (kernel.yama.ptrace_scope is 1)",
      "start the program with 'memscan run -- COMMAND', or run memscan with sudo" },
    { is_filtered, MEMSCAN_DENIED, "a seccomp filter refuses the system call: a container's or a sandbox's",
      "run memscan outside the sandbox, or start the container with the capability SYS_PTRACE" },
    { is_traced, MEMSCAN_BUSY, "process %llu is being traced by another process",
      "end that debugger, or let it detach" },
    { is_contained, MEMSCAN_DENIED, "process %llu is out of reach from inside this container or sandbox",
      leave_container },
    { always, MEMSCAN_DENIED,
      "the system refuses process %llu: perhaps a security module (AppArmor, SELinux, Landlock)",
      "the kernel's log tells which: journalctl -k" },
};

/* A text of the table has at most the process and, behind it, the owner. */
static memscan_status speak(const linux_denial *denial, const rule *one, memscan_error *error)
{
    char sentence[200];
    ms_text text;
    ms_text_init(&text, sentence, sizeof sentence);
    for (const char *at = one->text; *at; at++) {
        if (!strncmp(at, "%llu", 4)) {
            ms_text_format(&text, "%llu", (unsigned long long)denial->pid);
            at += 3;
        } else if (!strncmp(at, "%s", 2)) {
            ms_text_add(&text, denial->owner);
            at += 1;
        } else {
            ms_text_add_bytes(&text, at, 1);
        }
    }
    memscan_status status = ms_fail_os(error, one->status, denial->os_code, "%s", sentence);
    if (one->applies == is_traced)
        ms_hint(error, "%s (process %llu)", one->hint, (unsigned long long)denial->tracer);
    else if (*one->hint)
        ms_hint(error, "%s", one->hint);
    return status;
}

memscan_status ms_linux_denial_explain(const linux_denial *denial, memscan_error *error)
{
    size_t at = 0;
    while (!rules[at].applies(denial))
        at++;
    return speak(denial, &rules[at], error);
}

/* ------------------------------------------------------------------------------------------------ the facts */

enum { CAP_DAC_OVERRIDE_BIT = 1, CAP_SYS_PTRACE_BIT = 19, TEXT_MOST = 8192 };

/* A user namespace that is not the first one maps fewer ids (user_namespaces(7)). */
static bool is_first_namespace(void)
{
    char text[256];
    unsigned long long inside, outside, count;
    return ms_linux_proc_read(AT_FDCWD, "/proc/self/uid_map", text, sizeof text) <= 0 ||
           sscanf(text, "%llu %llu %llu", &inside, &outside, &count) != 3 ||
           (!inside && !outside && count == 4294967295);
}

static bool is_marked_container(void)
{
    static const char *const marks[] = { "/.flatpak-info", "/.dockerenv", "/run/.containerenv" };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (!access(marks[i], F_OK))
            return true;
    return false;
}

static void gather_self(linux_denial *denial)
{
    char text[TEXT_MOST];
    denial->ptrace_scope = -1;
    if (ms_linux_proc_read(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", text, sizeof text) > 0)
        denial->ptrace_scope = atoi(text);
    denial->superuser = geteuid() == 0;
    bool first = is_first_namespace();
    denial->contained = !first || is_marked_container();
    if (ms_linux_proc_read(AT_FDCWD, "/proc/self/status", text, sizeof text) <= 0)
        return;
    uint64_t capabilities = ms_linux_status_number(text, "CapEff:", 0, 16, 0);
    denial->cap_ptrace = capabilities >> CAP_SYS_PTRACE_BIT & 1;
    /* What sudo could give at most (capabilities(7)). */
    uint64_t bounding = ms_linux_status_number(text, "CapBnd:", 0, 16, 0);
    denial->root_may = first && bounding >> CAP_SYS_PTRACE_BIT & 1;
    denial->cap_override = capabilities >> CAP_DAC_OVERRIDE_BIT & 1;
    denial->filtered = ms_linux_status_number(text, "Seccomp:", 0, 10, 0) == 2;
}

/* Walks from parent to parent; bounded, since the tree changes meanwhile. */
static bool descends_from_us(uint64_t pid)
{
    for (int steps = 0; steps < 64 && pid > 1; steps++) {
        char path[48], text[1024];
        linux_stat_line line;
        snprintf(path, sizeof path, "/proc/%llu/stat", (unsigned long long)pid);
        ptrdiff_t length = ms_linux_proc_read(AT_FDCWD, path, text, sizeof text);
        if (length <= 0 || !ms_linux_stat_parse(text, (size_t)length, &line))
            return false;
        pid = line.parent;
        if (pid == (uint64_t)getpid())
            return true;
    }
    return false;
}

static bool any_other(const char *status, const char *key, uint64_t ours)
{
    for (unsigned which = 0; which < 3; which++) /* real, effective, saved */
        if (ms_linux_status_number(status, key, which, 10, ours) != ours)
            return true;
    return false;
}

static void name_owner(uint64_t uid, char *out, size_t capacity)
{
    char buffer[2048];
    struct passwd entry, *found = NULL;
    if (!getpwuid_r((uid_t)uid, &entry, buffer, sizeof buffer, &found) && found)
        memscan_escape(entry.pw_name, out, capacity);
    else
        snprintf(out, capacity, "%llu", (unsigned long long)uid);
}

/* What belongs to an undumpable process in /proc belongs to root (proc(5)). */
static bool is_kept_by_root(const char *folder, const char *status)
{
    struct stat about;
    uint64_t effective = ms_linux_status_number(status, "Uid:", 1, 10, 0);
    char path[64];
    snprintf(path, sizeof path, "%s/stat", folder);
    return effective && !stat(path, &about) && about.st_uid != effective;
}

static void gather_process(linux_denial *denial)
{
    char folder[32], path[64], text[TEXT_MOST];
    linux_stat_line line;
    snprintf(folder, sizeof folder, "/proc/%llu", (unsigned long long)denial->pid);
    snprintf(path, sizeof path, "%s/stat", folder);
    ptrdiff_t length = ms_linux_proc_read(AT_FDCWD, path, text, sizeof text);
    denial->exists = length > 0 && ms_linux_stat_parse(text, (size_t)length, &line);
    /* A signal 0 is none, it only asks (kill(2)). */
    denial->hidden = !denial->exists && kill((pid_t)denial->pid, 0) && errno == EPERM;
    if (!denial->exists)
        return;
    denial->ended = line.state == 'Z' || line.state == 'X';
    denial->kernel_thread = line.kernel_thread;
    denial->descendant = descends_from_us(denial->pid);
    snprintf(path, sizeof path, "%s/status", folder);
    if (ms_linux_proc_read(AT_FDCWD, path, text, sizeof text) <= 0)
        return;
    denial->other_user = any_other(text, "Uid:", geteuid()) || any_other(text, "Gid:", getegid());
    denial->tracer = ms_linux_status_number(text, "TracerPid:", 0, 10, 0);
    denial->undumpable = is_kept_by_root(folder, text);
    name_owner(ms_linux_status_number(text, "Uid:", 1, 10, 0), denial->owner, sizeof denial->owner);
}

void ms_linux_denial_gather(uint64_t pid, int os_code, linux_denial *denial)
{
    *denial = (linux_denial){ .pid = pid, .os_code = os_code };
    gather_self(denial);
    gather_process(denial);
}

memscan_status ms_linux_explain_denied(uint64_t pid, int os_code, memscan_error *error)
{
    linux_denial denial;
    ms_linux_denial_gather(pid, os_code, &denial);
    return ms_linux_denial_explain(&denial, error);
}
