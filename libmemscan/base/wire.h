/* wire.h - numbers and text as bytes in our own files: little-endian, no padding. The writer appends to a growing
 * buffer, the reader takes from a buffer that is not trusted; each remembers its first failure, so that a caller
 * asks once, at the end. */
#ifndef MS_WIRE_H
#define MS_WIRE_H

#include "array.h"
#include "bytes.h"

typedef struct ms_writer {
    ms_array bytes; /* of uint8_t */
    bool failed;    /* memory ran out; what follows is ignored */
} ms_writer;

static inline void ms_writer_init(ms_writer *writer, const memscan_allocator *allocator)
{
    ms_array_init(&writer->bytes, allocator, 1);
    writer->failed = false;
}

static inline void ms_writer_deinit(ms_writer *writer)
{
    ms_array_deinit(&writer->bytes);
}

static inline void ms_write_bytes(ms_writer *writer, const void *bytes, size_t length)
{
    if (writer->failed || length == 0)
        return;
    if (!ms_array_reserve(&writer->bytes, length)) {
        writer->failed = true;
        return;
    }
    memcpy((uint8_t *)writer->bytes.items + writer->bytes.count, bytes, length);
    writer->bytes.count += length;
}

static inline void ms_write_uint(ms_writer *writer, uint64_t value, size_t width)
{
    uint8_t bytes[8]; /* the low ones come first, so that fewer than eight are its beginning */
    ms_store_little64(bytes, value);
    ms_write_bytes(writer, bytes, width);
}

/* A u32 length, then the bytes. */
static inline void ms_write_counted(ms_writer *writer, const void *bytes, size_t length)
{
    ms_write_uint(writer, length, 4);
    ms_write_bytes(writer, bytes, length);
}

typedef struct ms_reader {
    const uint8_t *at, *end;
    bool failed; /* it ended too early; all that follows reads as zero */
} ms_reader;

static inline void ms_reader_init(ms_reader *reader, const void *bytes, size_t length)
{
    *reader = (ms_reader){ .at = bytes, .end = (const uint8_t *)bytes + length };
}

static inline size_t ms_reader_left(const ms_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* The next `length` bytes, or NULL. */
static inline const uint8_t *ms_read_bytes(ms_reader *reader, size_t length)
{
    if (reader->failed || ms_reader_left(reader) < length) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += length;
    return bytes;
}

static inline uint64_t ms_read_uint(ms_reader *reader, size_t width)
{
    const uint8_t *bytes = ms_read_bytes(reader, width);
    return bytes ? ms_load_uint(bytes, width, 0) : 0;
}

/* What ms_write_counted wrote: *length bytes, or NULL. */
static inline const uint8_t *ms_read_counted(ms_reader *reader, size_t *length)
{
    *length = (size_t)ms_read_uint(reader, 4);
    const uint8_t *bytes = ms_read_bytes(reader, *length);
    if (!bytes)
        *length = 0;
    return bytes;
}

#endif
