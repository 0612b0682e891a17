/* images.h - the program images of a recording: what the recorder tells of each, and which module an address of it is
 * in. They stay when their processes are gone. */
#ifndef MS_IMAGES_H
#define MS_IMAGES_H

#include <memscan/recording.h>

#include "../../recorder/format.h"
#include "../base/array.h"
#include "../base/recorder.h"

typedef struct ms_image_module {
    uint64_t base, size;
    char *path;
} ms_image_module;

typedef struct ms_image {
    uint32_t number;
    bool is_known; /* the recorder told of it */
    uint32_t parent;
    uint64_t process;
    uint64_t flags;
    uint64_t allocations, frees;
    ms_array modules; /* of ms_image_module; the first is the program */
} ms_image;

typedef struct ms_images {
    const memscan_allocator *allocator;
    ms_array list;    /* of ms_image, as they were heard of */
    ms_array numbers; /* of uint32_t, by an image's number - 1: its place in the list, from 1; 0: not heard of */
} ms_images;

void ms_images_init(ms_images *images, const memscan_allocator *allocator);
void ms_images_deinit(ms_images *images);

/* The image of that number, made when it is new; NULL: no memory, or a number that cannot be. */
ms_image *ms_images_at(ms_images *images, uint32_t number);
/* The image of that number, or NULL where nothing was heard of it. */
ms_image *ms_images_look_up(const ms_images *images, uint32_t number);
/* The highest number that was heard of. */
uint32_t ms_images_last(const ms_images *images);
/* Learns from an IMAGE or MODULE event of the thread, whose name (if it has one) is in the events that follow; returns
 * how many events that were, the first included, out of `count`. */
uint32_t ms_images_learn(ms_images *images, const ms_recorder_thread *who, const recorder_event *events,
                         uint32_t count);
/* The module of the image, or of those it was forked from, that holds the address; or NULL. */
const ms_image_module *ms_images_find(const ms_images *images, uint32_t number, uint64_t address);
const char *ms_image_path(const ms_images *images, uint32_t number);
bool ms_image_is_python(const ms_images *images, uint32_t number);

#endif
