/* fold.h - which characters are the same but for their case: Unicode's simple case folding (CaseFolding.txt, C and S)
 * where the build has utf8proc, the letters of ASCII where it has not. */
#ifndef MS_FOLD_H
#define MS_FOLD_H

#include <memscan/base.h>

typedef struct ms_fold ms_fold;
ms_fold *ms_fold_create(const memscan_allocator *allocator); /* NULL: no memory */
void ms_fold_destroy(ms_fold *fold);                         /* NULL is allowed */

#define MS_FOLD_MOST 8u /* characters that are the same: four at most, so far */
/* The characters that fold to what `code` folds to, itself among them; how many. */
size_t ms_fold_same(const ms_fold *fold, uint32_t code, uint32_t same[MS_FOLD_MOST]);

#endif
