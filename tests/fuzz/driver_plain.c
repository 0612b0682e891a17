/* driver_plain.c - replays corpus files through a fuzz target, for compilers without libFuzzer and for every test run.
 * Its arguments are files and folders of files; none at all, or an empty folder, is a mistake: exit 2. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static size_t replayed;

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0, capacity = 0, got = 0;
    if (!file) {
        perror(path);
        return 2;
    }
    do {
        size += got;
        if (size == capacity) {
            capacity = capacity ? 2 * capacity : 65536;
            data = realloc(data, capacity);
            FUZZ_CHECK(data);
        }
        got = fread(data + size, 1, capacity - size, file);
    } while (got > 0);
    fclose(file);
    fprintf(stderr, "%s: %zu bytes\n", path, size); /* the last one said is the one that failed */
    data = realloc(data, size ? size : 1);
    FUZZ_CHECK(data);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
    return 0;
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    int status = 0;
    if (!folder) {
        perror(path);
        return 2;
    }
    for (struct dirent *entry = readdir(folder); entry && status == 0; entry = readdir(folder)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        FUZZ_CHECK(length > 0 && (size_t)length < sizeof name);
        status = replay_file(name);
    }
    closedir(folder);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc && status == 0; i++) {
        struct stat about;
        if (stat(argv[i], &about) != 0) {
            perror(argv[i]);
            return 2;
        }
        status = S_ISDIR(about.st_mode) ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    printf("%zu inputs replayed\n", replayed);
    return replayed == 0 ? 2 : status;
}
