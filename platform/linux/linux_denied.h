/* linux_denied.h - why the system refuses a process, and the one step that would help. */
#ifndef MS_LINUX_DENIED_H
#define MS_LINUX_DENIED_H

#include <stdbool.h>

#include <memscan/base.h>

/* What is known of us and of the process when a refusal is explained. */
typedef struct linux_denial {
    uint64_t pid;
    int os_code; /* what the refused call said */

    /* The process. */
    bool exists;        /* /proc shows it */
    bool hidden;        /* it exists, but /proc does not show it (hidepid) */
    bool ended;         /* a zombie */
    bool kernel_thread; /* without memory of its own */
    bool other_user;    /* one of its user or group ids is not ours */
    bool undumpable;    /* setuid, with capabilities, or PR_SET_DUMPABLE 0: its /proc belongs to root */
    uint64_t tracer;    /* the process that traces it, or 0 */
    bool descendant;    /* it descends from us */
    char owner[32];     /* its user, escaped */

    /* Ourselves. */
    bool superuser;    /* effective user id 0 */
    bool cap_ptrace;   /* CAP_SYS_PTRACE, in our own user namespace */
    bool cap_override; /* CAP_DAC_OVERRIDE */
    bool contained;    /* in a user namespace of its own, a container or a sandbox */
    bool root_may;     /* a superuser here would have CAP_SYS_PTRACE, over every process */
    bool filtered;     /* under a seccomp filter */
    int ptrace_scope;  /* kernel.yama.ptrace_scope; -1: no Yama */
} linux_denial;

/* Looks all of it up; harmless, and possible without rights. */
void ms_linux_denial_gather(uint64_t pid, int os_code, linux_denial *denial);

/* Fills the error record by these facts alone, and returns its status: DENIED, NOT_FOUND or BUSY. */
memscan_status ms_linux_denial_explain(const linux_denial *denial, memscan_error *error);

/* Both. */
memscan_status ms_linux_explain_denied(uint64_t pid, int os_code, memscan_error *error);

#endif
