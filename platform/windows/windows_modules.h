/* windows_modules.h - what is asked of a module besides the list. */
#ifndef MS_WINDOWS_MODULES_H
#define MS_WINDOWS_MODULES_H

#include "windows_image.h"
#include "windows_target.h"

/* The id that the linker gave the image at `base`: WINDOWS_BUILD_ID bytes inside `record`, or NULL. */
const uint8_t *ms_windows_build_id(const windows_target *target, uint64_t base, const windows_image *image,
                                   uint8_t record[WINDOWS_DEBUG_HEAD]);

#endif
