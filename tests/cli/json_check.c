/* json_check.c - reads memscan's JSON lines and says what is wrong with them: each a whole object with a type; `begin`
 * first and `end` last; addresses and 64-bit values as strings; asked = scanned + skipped + failed. Exit 1 if anything
 * is. With an argument it prints the type of each record, so that a case can show what came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

static int wrong(size_t number, const char *what)
{
    printf("line %zu: %s\n", number, what);
    return 1;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text == NULL ? "" : text;
}

static int check_addresses(const cJSON *object, size_t number)
{
    static const char *const keys[] = { "address", "start", "base", "lowest_address", "highest_address" };
    int failed = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, keys[i]);
        if (item != NULL && strncmp(text_of(object, keys[i]), "0x", 2) != 0)
            failed |= wrong(number, "an address that is no hex string");
    }
    return failed;
}

static int check_value(const cJSON *object, size_t number)
{
    static const char *const wide[] = { "i64", "u64", "ptr" };
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, "value");
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (strcmp(text_of(object, "value_type"), wide[i]) == 0 && !cJSON_IsString(value))
            return wrong(number, "a 64-bit value that is no string");
    }
    return 0;
}

static double sum_of(const cJSON *object)
{
    const cJSON *item;
    double sum = 0;
    cJSON_ArrayForEach(item, object) sum += item->valuedouble;
    return sum;
}

static int check_account(const cJSON *object, size_t number)
{
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(object, "bytes");
    if (!cJSON_IsObject(bytes))
        return 0;
    double asked = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(bytes, "asked"));
    double scanned = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(bytes, "scanned"));
    double rest = sum_of(cJSON_GetObjectItemCaseSensitive(bytes, "skipped")) +
                  sum_of(cJSON_GetObjectItemCaseSensitive(bytes, "failed"));
    return asked - scanned - rest == 0 ? 0 : wrong(number, "asked is not scanned + skipped + failed");
}

static int check_line(const char *line, size_t number, int prints, char *type, size_t capacity)
{
    cJSON *object = cJSON_ParseWithOpts(line, NULL, 1);
    if (!cJSON_IsObject(object)) {
        cJSON_Delete(object);
        return wrong(number, "no JSON object");
    }
    snprintf(type, capacity, "%s", text_of(object, "type"));
    if (prints)
        puts(type);
    int failed = type[0] == '\0' ? wrong(number, "an object without a type") : 0;
    if (strcmp(type, "end") == 0 && !cJSON_IsBool(cJSON_GetObjectItemCaseSensitive(object, "complete")))
        failed |= wrong(number, "an end that does not say whether it is complete");
    failed |= check_addresses(object, number) | check_value(object, number) | check_account(object, number);
    cJSON_Delete(object);
    return failed;
}

int main(int argc, char **argv)
{
    static char line[1 << 20];
    char type[64] = "";
    size_t number = 0;
    int failed = 0;
    (void)argv;
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        failed |= check_line(line, ++number, argc > 1, type, sizeof type);
        if (number == 1 && strcmp(type, "begin") != 0)
            failed |= wrong(number, "the first record is no begin");
    }
    if (strcmp(type, "end") != 0)
        failed |= wrong(number, "the last record is no end");
    return failed;
}
