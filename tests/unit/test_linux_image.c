/* test_linux_image.c - the identity of a process image, against what the image knows of itself and what the system's
 * own calls say. */
#define _GNU_SOURCE
#include "check_main.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "libmemscan/target/identity.h"
#include "live_child.h"

extern void *__libc_stack_end __attribute__((weak)); /* where the stack began, by ld.so (ld.so(8)); glibc tells it */

typedef struct truth {
    uint64_t base;
    uint8_t build_id[32];
    size_t build_id_length;
} truth;

/* The first object that is told of is the program (dl_iterate_phdr(3)). */
static int tell_program(struct dl_phdr_info *info, size_t size, void *context)
{
    truth *own = context;
    (void)size;
    own->base = UINT64_MAX;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uint64_t page = (info->dlpi_addr + part->p_vaddr) & ~(uint64_t)4095;
        if (part->p_type == PT_LOAD && page < own->base)
            own->base = page;
        if (part->p_type != PT_NOTE)
            continue;
        const uint8_t *at = (const uint8_t *)(uintptr_t)(info->dlpi_addr + part->p_vaddr), *end = at + part->p_memsz;
        while (end - at >= 16) {
            const ElfW(Nhdr) *note = (const void *)at;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(at + 12, "GNU", 4)) {
                own->build_id_length = note->n_descsz;
                memcpy(own->build_id, at + 16, note->n_descsz);
            }
            at += 12 + (note->n_namesz + 3) / 4 * 4 + (note->n_descsz + 3) / 4 * 4;
        }
    }
    return 1;
}

static void prepare(uint64_t told[16])
{
    truth own = { 0 };
    dl_iterate_phdr(tell_program, &own);
    told[0] = own.base;
    told[1] = &__libc_stack_end ? (uint64_t)(uintptr_t)__libc_stack_end : 0;
    told[2] = own.build_id_length;
    memcpy(&told[3], own.build_id, sizeof own.build_id);
}

static memscan_identity identity_of(pid_t pid)
{
    char locator[32];
    memscan_target *target;
    memscan_identity identity;
    memscan_error error;
    snprintf(locator, sizeof locator, "pid:%d", (int)pid);
    ck_assert_int_eq(memscan_open(locator, MEMSCAN_READ, NULL, &target, &error), MEMSCAN_OK);
    ck_assert_int_eq(ms_target_identity(target, &identity, &error), MEMSCAN_OK);
    memscan_close(target);
    return identity;
}

START_TEST(what_an_image_is)
{
    char path[64], boot[64] = "", executable[256] = "";
    struct stat file;
    live_child child = live_child_start(prepare, NULL);
    memscan_identity identity = identity_of(child.pid), own = identity_of(getpid());
    FILE *boot_file = fopen("/proc/sys/kernel/random/boot_id", "r");
    ck_assert(boot_file && fgets(boot, sizeof boot, boot_file));
    fclose(boot_file);
    boot[strcspn(boot, "\n")] = 0;
    ck_assert_str_eq(identity.boot, boot);
    ck_assert_uint_eq(identity.pid, (uint64_t)child.pid);
    snprintf(path, sizeof path, "/proc/%d/exe", (int)child.pid);
    ck_assert_int_eq(stat(path, &file), 0);
    ck_assert_uint_eq(identity.inode, file.st_ino);
    ck_assert_uint_eq(identity.device, (uint64_t)major(file.st_dev) << 32 | minor(file.st_dev));
    ck_assert_int_gt(readlink(path, executable, sizeof executable - 1), 0);
    ck_assert_str_eq(identity.executable, executable);
    ck_assert_uint_eq(identity.load_address, child.told[0]);
    if (child.told[1])
        ck_assert_uint_eq(identity.stack_address, child.told[1]);
    ck_assert_uint_gt(identity.build_id_length, 0);
    ck_assert_uint_eq(identity.build_id_length, child.told[2]);
    ck_assert_mem_eq(identity.build_id, &child.told[3], sizeof identity.build_id);
    ck_assert_ptr_nonnull(ms_identity_difference(&identity, &own));
    memscan_identity again = identity_of(child.pid);
    ck_assert_ptr_null(ms_identity_difference(&identity, &again));
    live_child_end(&child);
}
END_TEST

static void read_line(int from, const char *wanted)
{
    char line[8] = "";
    for (size_t i = 0; i < sizeof line - 1 && (!i || line[i - 1] != '\n'); i++)
        ck_assert_int_eq(read(from, line + i, 1), 1);
    ck_assert_str_eq(line, wanted);
}

START_TEST(the_same_program_executed_again_is_another_image)
{
    int in[2], out[2];
    ck_assert(!pipe(in) && !pipe(out));
    pid_t pid = fork();
    if (!pid) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl("/bin/sh", "sh", "-c", "echo 1; read a; exec sh -c 'echo 2; read b'", (char *)NULL);
        _exit(127);
    }
    read_line(out[0], "1\n");
    char locator[32];
    memscan_target *target;
    memscan_identity before, now = { 0 };
    snprintf(locator, sizeof locator, "pid:%d", (int)pid);
    ck_assert_int_eq(memscan_open(locator, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_target_identity(target, &before, NULL), MEMSCAN_OK);
    ck_assert_int_eq(write(in[1], "\n", 1), 1);
    read_line(out[0], "2\n");
    ck_assert_int_eq(ms_target_identity(target, &now, NULL), MEMSCAN_GONE);
    memscan_close(target);
    now = identity_of(pid);
    ck_assert_uint_eq(now.start_time, before.start_time);
    ck_assert_str_eq(ms_identity_difference(&before, &now), "the process executed the program again");
    ck_assert_int_eq(write(in[1], "\n", 1), 1);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_image");
    TCase *image = tcase_create("image");
    tcase_add_test(image, what_an_image_is);
    tcase_add_test(image, the_same_program_executed_again_is_another_image);
    suite_add_tcase(suite, image);
    return suite;
}
