/* linux_uapi.h - structures and numbers of the kernel's interface that are newer than the headers we may be built
 * with. Names are ours, so that they never clash with a system that has them; layouts are the kernel's and fixed. */
#ifndef MS_LINUX_UAPI_H
#define MS_LINUX_UAPI_H

#include <stdint.h>
#include <sys/ioctl.h>

/* PAGEMAP_SCAN on /proc/PID/pagemap: Linux 6.7 (Documentation/admin-guide/mm/pagemap.rst, ioctl_pagemap_scan(2)). */
typedef struct linux_page_region {
    uint64_t start;
    uint64_t end; /* excluded */
    uint64_t categories;
} linux_page_region;

typedef struct linux_pagemap_scan {
    uint64_t size;
    uint64_t flags;
    uint64_t start;
    uint64_t end; /* excluded */
    uint64_t walk_end;
    uint64_t vec;
    uint64_t vec_len;
    uint64_t max_pages;
    uint64_t category_inverted;
    uint64_t category_mask;
    uint64_t category_anyof_mask;
    uint64_t return_mask;
} linux_pagemap_scan;

#define LINUX_PAGEMAP_SCAN    _IOWR('f', 16, linux_pagemap_scan)
#define LINUX_PAGE_IS_WRITTEN (1u << 1)
#define LINUX_PAGE_IS_FILE    (1u << 2)
#define LINUX_PAGE_IS_PRESENT (1u << 3)
#define LINUX_PAGE_IS_SWAPPED (1u << 4)
#define LINUX_PAGE_IS_PFNZERO (1u << 5)
#define LINUX_PAGE_IS_HUGE    (1u << 6) /* held by one entry of a higher table */
#define LINUX_PAGE_IS_GUARD   (1u << 8) /* Linux 6.16; before, asking for it is EINVAL */

#define LINUX_SCAN_PROTECT_MATCHING (1u << 0)
#define LINUX_SCAN_CHECK_WPASYNC    (1u << 1)

/* userfaultfd(2): what is needed for write tracking, since Linux 6.7. */
typedef struct linux_uffd_api {
    uint64_t api, features, ioctls;
} linux_uffd_api;

typedef struct linux_uffd_range {
    uint64_t start, length;
} linux_uffd_range;

typedef struct linux_uffd_register {
    uint64_t start, length, mode, ioctls;
} linux_uffd_register;

typedef struct linux_uffd_protect {
    uint64_t start, length, mode;
} linux_uffd_protect;

#define LINUX_UFFD_API            0xaa
#define LINUX_UFFD_API_CALL       _IOWR(0xaa, 0x3f, linux_uffd_api)
#define LINUX_UFFD_REGISTER       _IOWR(0xaa, 0x00, linux_uffd_register)
#define LINUX_UFFD_UNREGISTER     _IOR(0xaa, 0x01, linux_uffd_range)
#define LINUX_UFFD_PROTECT        _IOWR(0xaa, 0x06, linux_uffd_protect)
#define LINUX_UFFD_MODE_WP        (1u << 1)
#define LINUX_UFFD_WP_UNPOPULATED (UINT64_C(1) << 13)
#define LINUX_UFFD_WP_ASYNC       (UINT64_C(1) << 15)
#define LINUX_UFFD_USER_MODE_ONLY 1

/* Bits of a 64-bit entry of /proc/PID/pagemap. */
#define LINUX_PAGEMAP_PRESENT    (UINT64_C(1) << 63)
#define LINUX_PAGEMAP_SWAPPED    (UINT64_C(1) << 62)
#define LINUX_PAGEMAP_FILE       (UINT64_C(1) << 61) /* of a file, or shared */
#define LINUX_PAGEMAP_GUARD      (UINT64_C(1) << 58) /* Linux 6.15 */
#define LINUX_PAGEMAP_EXCLUSIVE  (UINT64_C(1) << 56) /* mapped by this process alone; Linux 4.2 */
#define LINUX_PAGEMAP_SOFT_DIRTY (UINT64_C(1) << 55)
#define LINUX_PAGEMAP_FRAME      ((UINT64_C(1) << 55) - 1) /* the frame of a present page */

/* PROCMAP_QUERY on /proc/PID/maps: Linux 6.11. */
typedef struct linux_procmap_query {
    uint64_t size;
    uint64_t query_flags; /* in */
    uint64_t query_addr;  /* in */
    uint64_t vma_start;
    uint64_t vma_end;
    uint64_t vma_flags; /* LINUX_PROCMAP_VMA_ bits */
    uint64_t vma_page_size;
    uint64_t vma_offset;
    uint64_t inode;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t vma_name_size; /* in: room; out: length with NUL, 0 without a name */
    uint32_t build_id_size; /* in: room; out: length */
    uint64_t vma_name_addr; /* in */
    uint64_t build_id_addr; /* in */
} linux_procmap_query;

#define LINUX_PROCMAP_QUERY                _IOWR('f', 17, linux_procmap_query)
#define LINUX_PROCMAP_VMA_READABLE         1u
#define LINUX_PROCMAP_VMA_WRITABLE         2u
#define LINUX_PROCMAP_VMA_EXECUTABLE       4u
#define LINUX_PROCMAP_VMA_SHARED           8u
#define LINUX_PROCMAP_COVERING_OR_NEXT_VMA 0x10u
#define LINUX_PROCMAP_FILE_BACKED_VMA      0x20u

#endif
