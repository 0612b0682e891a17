/* image.h - tells memscan which program image this is: its process, and where its modules lie, so that call sites can be
 * named when the process is long gone. */
#ifndef RECORDER_IMAGE_H
#define RECORDER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "format.h"

/* Into the slot that the calling thread has just claimed. `parent`: the image it was forked from, whose modules it has;
 * 0: a new one. */
void image_tell(uint32_t parent);

/* ring.c: an event and its name, whole or not at all. The caller has a slot, and is busy. */
bool ring_put(const recorder_event *event, const char *name, uint64_t name_length);

#endif
