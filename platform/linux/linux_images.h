/* linux_images.h - what the first bytes of an executable image in memory say about its extent. They are another
 * process's bytes: nothing in them is believed beyond what is checked here. */
#ifndef MS_LINUX_IMAGES_H
#define MS_LINUX_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINUX_IMAGE_HEAD 4096u /* as much of an image's beginning as is looked at */

typedef enum linux_image_format { LINUX_IMAGE_NONE = 0, LINUX_IMAGE_ELF = 1, LINUX_IMAGE_PE = 2 } linux_image_format;

/* Notes of an ELF image: where they lie from its base, and how many bytes they claim. */
typedef struct linux_image_notes {
    uint64_t offset, size;
} linux_image_notes;

#define LINUX_IMAGE_NOTES 4u /* note segments that are looked at; linkers make one or two */

typedef struct linux_image {
    linux_image_format format;
    bool big_endian;
    uint64_t size; /* from where its first page lies to the end of its last; 0: not told */
    linux_image_notes notes[LINUX_IMAGE_NOTES];
    size_t notes_count; /* all of them lie within `size` */
} linux_image;

/* Reads the head of a file that is mapped from its offset 0. False: neither ELF nor PE. */
bool ms_linux_image_parse(const uint8_t *head, size_t length, linux_image *image);

/* The build id in the bytes of a note segment: *id points into `notes`. False: there is none. */
bool ms_linux_image_build_id(const uint8_t *notes, size_t length, bool big_endian, const uint8_t **id,
                             size_t *id_length);

/* Whether what lies `offset` bytes from the image's base is memory that begins as zero: behind what the file initialises,
 * by the segments of an ELF head or the sections of a PE. False also where the head does not tell. */
bool ms_linux_image_is_zeroed(const uint8_t *head, size_t length, uint64_t offset);

#endif
