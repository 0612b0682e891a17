/* blob.h - bytes that a store keeps: how others refer to them, and how they are handed over. */
#ifndef MS_BLOB_H
#define MS_BLOB_H

#include <stddef.h>
#include <stdint.h>

/* A blob as others refer to it. */
typedef struct ms_blob {
    uint64_t offset; /* from the store's beginning, so that a store can be copied as it is */
    uint64_t length;
    uint64_t checksum;
} ms_blob;

/* A blob to be stored, which may lie in two places. */
typedef struct ms_blob_parts {
    const uint8_t *head, *body;
    size_t head_length, body_length;
} ms_blob_parts;

#endif
