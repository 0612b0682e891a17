/* images.c - see images.h. What events say comes from another process: numbers and lengths are bounded here. An
 * image takes memory when it is heard of: a number that skips far ahead costs four bytes for each that it skips. */
#include "images.h"

#include <string.h>

#define MOST_IMAGES     (1u << 22)
#define MOST_MODULES    4096u
#define LONGEST_NAME    4096u
#define MOST_FORKS_BACK 64

void ms_images_init(ms_images *images, const memscan_allocator *allocator)
{
    images->allocator = allocator;
    ms_array_init(&images->list, allocator, sizeof(ms_image));
    ms_array_init(&images->numbers, allocator, sizeof(uint32_t));
}

void ms_images_deinit(ms_images *images)
{
    for (size_t i = 0; i < images->list.count; i++) {
        ms_image *image = ms_array_at(&images->list, i);
        for (size_t k = 0; k < image->modules.count; k++)
            ms_free_text(images->allocator, ((ms_image_module *)ms_array_at(&image->modules, k))->path);
        ms_array_deinit(&image->modules);
    }
    ms_array_deinit(&images->list);
    ms_array_deinit(&images->numbers);
}

uint32_t ms_images_last(const ms_images *images)
{
    return (uint32_t)images->numbers.count;
}

ms_image *ms_images_look_up(const ms_images *images, uint32_t number)
{
    uint32_t place = 0;
    if (number > 0 && number <= ms_images_last(images))
        place = *(uint32_t *)ms_array_at(&images->numbers, number - 1);
    return place > 0 ? ms_array_at(&images->list, place - 1) : NULL;
}

ms_image *ms_images_at(ms_images *images, uint32_t number)
{
    ms_image *image = ms_images_look_up(images, number);
    if (image || number == 0 || number > MOST_IMAGES)
        return image;
    while (ms_images_last(images) < number) {
        if (!ms_array_push(&images->numbers))
            return NULL;
    }
    image = ms_array_push(&images->list);
    if (!image)
        return NULL;
    image->number = number;
    ms_array_init(&image->modules, images->allocator, sizeof(ms_image_module));
    *(uint32_t *)ms_array_at(&images->numbers, number - 1) = (uint32_t)images->list.count;
    return image;
}

static void add_module(ms_images *images, ms_image *image, const recorder_event *event, const char *name)
{
    char path[LONGEST_NAME + 1];
    size_t length = (size_t)event->from; /* checked by the caller */
    memcpy(path, name, length);
    path[length] = '\0';
    ms_image_module *module = image->modules.count < MOST_MODULES ? ms_array_push(&image->modules) : NULL;
    if (!module)
        return;
    *module = (ms_image_module){ event->address, event->size, ms_copy_text(images->allocator, path) };
    if (!module->path)
        image->modules.count--;
}

uint32_t ms_images_learn(ms_images *images, const ms_recorder_thread *who, const recorder_event *events, uint32_t count)
{
    const recorder_event *event = events;
    ms_image *image = ms_images_at(images, who->image);
    if ((event->took_and_kind & 255) == RECORDER_MODULE) {
        uint64_t more = event->from <= LONGEST_NAME ? recorder_name_events(event->from) : count;
        if (more > count - 1)
            return count;
        if (image)
            add_module(images, image, event, (const char *)(events + 1));
        return 1 + (uint32_t)more;
    }
    if (image) {
        image->is_known = true;
        image->parent = event->address < who->image ? (uint32_t)event->address : 0;
        image->process = event->from;
        image->flags = event->size;
    }
    return 1;
}

/* The image whose modules this one has: its own, or those of the one it was forked from. */
static const ms_image *with_modules(const ms_images *images, uint32_t number)
{
    const ms_image *image = ms_images_look_up(images, number);
    for (int i = 0; i < MOST_FORKS_BACK && image && image->modules.count == 0 && image->parent != 0; i++)
        image = ms_images_look_up(images, image->parent);
    return image;
}

const ms_image_module *ms_images_find(const ms_images *images, uint32_t number, uint64_t address)
{
    const ms_image *image = with_modules(images, number);
    for (size_t i = 0; image && i < image->modules.count; i++) {
        const ms_image_module *module = ms_array_at(&image->modules, i);
        if (address - module->base < module->size)
            return module;
    }
    return NULL;
}

const char *ms_image_path(const ms_images *images, uint32_t number)
{
    const ms_image *image = with_modules(images, number);
    return image && image->modules.count > 0 ? ((const ms_image_module *)ms_array_at(&image->modules, 0))->path : "";
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "python", "python3", "python3.11"; not "python3-config". */
static bool names_python(const char *name)
{
    return strncmp(name, "python", 6) == 0 && name[6 + strspn(name + 6, "0123456789.")] == '\0';
}

bool ms_image_is_python(const ms_images *images, uint32_t number)
{
    const ms_image *image = with_modules(images, number);
    for (size_t i = 0; image && i < image->modules.count; i++) {
        const char *name = file_name(((const ms_image_module *)ms_array_at(&image->modules, i))->path);
        if (strncmp(name, "libpython", 9) == 0 || (i == 0 && names_python(name)))
            return true;
    }
    return false;
}
