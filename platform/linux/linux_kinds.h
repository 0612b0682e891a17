/* linux_kinds.h - what each mapping of a map is for, judged from its line, its neighbours and the heads of images. A
 * kind is a label for people and for filters: a target can choose its mappings' names and shapes, so it proves
 * nothing. */
#ifndef MS_LINUX_KINDS_H
#define MS_LINUX_KINDS_H

#include <stdbool.h>

#include <memscan/target.h>

#include "linux_images.h"

/* Where a file's name stands in the system: found by name alone. */
typedef enum linux_name_class {
    LINUX_NAME_ORDINARY = 0, /* a file in some file system */
    LINUX_NAME_NONE,         /* "" */
    LINUX_NAME_SHARED,       /* memfd, System V and other memory that the kernel gives a name but no disk */
    LINUX_NAME_DEVICE,       /* /dev/..., PCI resources, perf rings and other kernel objects */
    LINUX_NAME_KERNEL,       /* [vdso] */
    LINUX_NAME_KERNEL_DATA,  /* [vvar], [vsyscall]: not readable from outside */
    LINUX_NAME_HEAP,
    LINUX_NAME_STACK,
    LINUX_NAME_BSS
} linux_name_class;

linux_name_class ms_linux_name_class(const memscan_region *region);

/* What is asked while kinds are found. All three may be NULL. */
typedef struct linux_kind_hints {
    /* Looks at the beginning of a mapping of a file's offset 0. False: not known, or no image. */
    bool (*image)(const memscan_region *head, linux_image *image, void *context);
    /* Whether some thread's stack pointer lies in this mapping. */
    bool (*is_stack)(const memscan_region *region, void *context);
    /* Whether a file that is named like a device is an ordinary one; whether a file system has no disk. */
    bool (*is_regular)(const memscan_region *region, void *context);
    bool (*is_memory)(const memscan_region *region, void *context);
    void *context;
    unsigned pointer_width;
} linux_kind_hints;

/* A module: regions [first, first + count) of the map, some of which may be holes between its segments. */
typedef struct linux_module_run {
    size_t first, count;
    uint64_t end; /* of the module: its last mapping may reach further, where the kernel joined it with another */
    linux_image image;
} linux_module_run;

/* Looks for a module whose first mapping is regions[at]. */
bool ms_linux_module_at(const memscan_region *regions, size_t count, size_t at, const linux_kind_hints *hints,
                        linux_module_run *run);

/* Sets the kind (and GROWS_DOWN) of every region. */
void ms_linux_kinds_set(memscan_region *regions, size_t count, const linux_kind_hints *hints);

#endif
