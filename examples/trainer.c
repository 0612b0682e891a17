/* trainer PID - holds the lives of memscan-game at 99, on and off by a key.
 *
 * It finds the hero by what stands at its beginning (a signature, one byte of it unknown), then the pointer to it among
 * the game's own variables, and holds the lives by the path from there: that path also leads to a hero that moved. Keys:
 * h Enter switches the holding on and off, q Enter ends it. The game runs on in every case. */
#include <memscan/memscan.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define SIGNATURE "hex:C0 FF EE ?? 15 EA 5E 01" /* the hero's crest; his lives stand right behind it */
#define BEHIND    8
#define LIVES     "i32:99"
#define BEAT_MS   50

static int complain(const char *what, const memscan_error *error)
{
    fprintf(stderr, "%s: %s\n%s%s", what, error->text, error->hint, error->hint[0] ? "\n" : "");
    return 1;
}

static int found(const memscan_match *match, void *context)
{
    *(uint64_t *)context = match->address;
    return 0; /* go on: a second place would mean that the question does not tell */
}

/* The one place that holds the expression. */
static memscan_status find_one(memscan_target *target, const char *expression, uint32_t kinds, uint64_t *address,
                               memscan_error *error)
{
    memscan_report report;
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    options.filter.kinds = kinds;
    memscan_status status = memscan_find(target, expression, &options, found, address, &report, error);
    if (status == MEMSCAN_OK && report.matches != 1) {
        status = error->status = MEMSCAN_NOT_FOUND;
        snprintf(error->text, sizeof error->text, "%s fits %" PRIu64 " places, not one", expression, report.matches);
        error->hint[0] = '\0';
    }
    return status;
}

/* The path to the lives: "[memscan-game+0x40b0]+8". */
static memscan_status find_path(memscan_target *target, char *path, size_t capacity, memscan_error *error)
{
    uint64_t hero, pointer;
    char expression[32], place[MEMSCAN_PLACE_MAX];
    uint32_t heap = MEMSCAN_KIND_BIT(MEMSCAN_KIND_HEAP);
    uint32_t variables = MEMSCAN_KIND_BIT(MEMSCAN_KIND_DATA) | MEMSCAN_KIND_BIT(MEMSCAN_KIND_BSS);
    memscan_status status = find_one(target, SIGNATURE, heap, &hero, error);
    if (status != MEMSCAN_OK)
        return status;
    snprintf(expression, sizeof expression, "ptr:0x%" PRIx64, hero);
    status = find_one(target, expression, variables, &pointer, error);
    if (status != MEMSCAN_OK)
        return status;
    memscan_place(target, pointer, place, sizeof place);
    snprintf(path, capacity, "[%s]+%d", place, BEHIND);
    return MEMSCAN_OK;
}

static int tell(const memscan_hold_entry *entry, void *context)
{
    (void)context;
    printf("%s at %s was written %" PRIu64 " times%s%s\n", entry->value_text, entry->address_text, entry->writes,
           entry->why[0] ? "; at the end: " : "", entry->why);
    return 0;
}

/* The key that was pressed meanwhile: 0 none, 'q' also at the end of the input. */
static int key_within(int milliseconds)
{
    char line[64];
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    if (poll(&input, 1, milliseconds) <= 0)
        return 0;
    ssize_t length = read(STDIN_FILENO, line, sizeof line);
    return length <= 0 ? 'q' : line[0];
}

static int train(memscan_target *target, const char *address)
{
    memscan_error error;
    memscan_hold *hold = NULL;
    int holding = 0, code = 0;
    memscan_status status = memscan_hold_create(target, &hold, &error);
    if (status == MEMSCAN_OK)
        status = memscan_hold_add(hold, address, LIVES, MEMSCAN_HOLD_EXACT, &error);
    if (status == MEMSCAN_OK)
        printf("lives at %s; h holds them, q ends\n", address);
    for (int key = 0; status == MEMSCAN_OK && key != 'q'; key = key_within(BEAT_MS)) {
        if (key == 'h')
            printf("%s\n", (holding = !holding) ? "held" : "let go");
        fflush(stdout);
        status = holding ? memscan_hold_beat(hold, &error) : memscan_alive(target, &error);
    }
    if (status != MEMSCAN_OK)
        code = complain("trainer", &error);
    if (hold != NULL)
        memscan_hold_entries(hold, tell, NULL, &error);
    memscan_hold_destroy(hold);
    return code;
}

int main(int argc, char **argv)
{
    char locator[64], address[512];
    memscan_error error;
    memscan_target *target;
    if (argc != 2) {
        fprintf(stderr, "usage: trainer PID\n");
        return 2;
    }
    snprintf(locator, sizeof locator, "pid:%s", argv[1]);
    if (memscan_open(locator, MEMSCAN_WRITE, NULL, &target, &error) != MEMSCAN_OK)
        return complain(argv[1], &error);
    memscan_status status = find_path(target, address, sizeof address, &error);
    int code = status == MEMSCAN_OK ? train(target, address) : complain("trainer", &error);
    memscan_close(target);
    return code;
}
