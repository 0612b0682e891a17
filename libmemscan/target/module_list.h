/* module_list.h - the modules as they were at one moment: a sorted snapshot, as region_map.h is of the regions. */
#ifndef MS_MODULE_LIST_H
#define MS_MODULE_LIST_H

#include <memscan/ext/platform.h>

typedef struct ms_module_list ms_module_list;

/* NOT_SUPPORTED: the platform knows no modules. */
memscan_status ms_module_list_take(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                   ms_module_list **list, memscan_error *error);
void ms_module_list_destroy(ms_module_list *list); /* NULL is allowed */

size_t ms_module_list_count(const ms_module_list *list);
const memscan_module *ms_module_list_at(const ms_module_list *list, size_t index);
/* The module that covers `address`, or NULL. */
const memscan_module *ms_module_list_find(const ms_module_list *list, uint64_t address);
/* The same, and for which addresses it is: *first and *last, which hold `address`, are moved nearer to it until the answer is
 * that of all between them. */
const memscan_module *ms_module_list_find_about(const ms_module_list *list, uint64_t address, uint64_t *first,
                                                uint64_t *last);

#endif
