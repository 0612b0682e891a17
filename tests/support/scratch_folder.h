/* scratch_folder.h - an empty folder of a test's own, in the system's place for temporary files. */
#ifndef SCRATCH_FOLDER_H
#define SCRATCH_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Its path, without a separator at the end. False: it could not be made. */
bool scratch_folder_create(char *path, size_t capacity);
/* False: something is still in it. */
bool scratch_folder_remove(const char *path);

#endif
