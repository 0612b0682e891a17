/* game.c - memscan-game: a small mine, some gold, a few lives. Something to practise on.
 *
 * It knows nothing of memscan. Its gold is a plain int in the heap; its hero is a struct that begins with the same
 * crest whenever the game runs (one byte of it aside), with the lives right behind. A ledger repeats every amount of
 * gold once, as real games do, so that one search is not enough. What it prints it reads back from that memory. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

typedef struct hero {
    uint8_t crest[8];
    int32_t lives;
    int32_t depth;
} hero;

typedef struct mine {
    int32_t *gold;
    hero *hero;
    int32_t *ledger; /* the gold after every turn, the latest last */
    size_t turns, ledger_capacity;
    uint32_t dice;
} mine;

typedef struct settings {
    bool plays_itself, tells_truth;
    unsigned every_ms;
    unsigned long turns; /* 0: no end */
} settings;

/* The crest is only put together at run time: it stands nowhere else in the game's memory. */
static const volatile uint8_t crest_parts[8] = { 0x9a, 0xa5, 0xb4, 0x57, 0x4f, 0xb0, 0x04, 0x5b };

static uint32_t roll(mine *m, uint32_t sides)
{
    m->dice = m->dice * 1664525u + 1013904223u;
    return (m->dice >> 16) % sides;
}

static bool open_mine(mine *m)
{
    memset(m, 0, sizeof *m);
    m->dice = 20;
    m->ledger_capacity = 64;
    m->gold = malloc(sizeof *m->gold);
    m->hero = malloc(sizeof *m->hero);
    m->ledger = malloc(m->ledger_capacity * sizeof *m->ledger);
    if (m->gold == NULL || m->hero == NULL || m->ledger == NULL)
        return false;
    *m->gold = 100;
    for (size_t i = 0; i < sizeof m->hero->crest; i++)
        m->hero->crest[i] = crest_parts[i] ^ 0x5a;
    m->hero->crest[3] = (uint8_t)game_process_id(); /* the part that differs from run to run */
    m->hero->lives = 3;
    m->hero->depth = 1;
    for (size_t i = 0; i < m->ledger_capacity; i++)
        m->ledger[i] = 100; /* what the miner started with */
    return true;
}

static void close_mine(mine *m)
{
    free(m->gold);
    free(m->hero);
    free(m->ledger);
}

static void show(const mine *m, const char *what_happened)
{
    printf("depth %-3" PRId32 " gold %-6" PRId32 " lives %-4" PRId32 " %s\n", m->hero->depth, *m->gold, m->hero->lives,
           what_happened);
    fflush(stdout);
}

static void note_in_ledger(mine *m)
{
    m->turns++;
    m->ledger[m->turns % m->ledger_capacity] = *m->gold;
}

static void dig(mine *m)
{
    static const char *const finds[] = { "You dig, and gold glitters.", "A vein! You fill your pockets.",
                                         "Dust, stones, and a nugget.", "An old boot, with coins in it." };
    int32_t found = 3 + (int32_t)roll(m, 30);
    *m->gold += found;
    m->hero->depth++;
    note_in_ledger(m);
    show(m, finds[roll(m, 4)]);
}

static void fight(mine *m)
{
    m->hero->lives--;
    note_in_ledger(m);
    show(m, m->hero->lives > 0 ? "A cave troll! It costs you a life." : "A cave troll! It was your last life.");
}

static void buy(mine *m)
{
    if (*m->gold < 50) {
        show(m, "The trader wants 50 gold for a life.");
        return;
    }
    *m->gold -= 50;
    m->hero->lives++;
    note_in_ledger(m);
    show(m, "The trader sells you a life for 50 gold.");
}

/* False when the game is over. */
static bool press(mine *m, int key)
{
    switch (key) {
    case 'd': dig(m); break;
    case 'f': fight(m); break;
    case 'b': buy(m); break;
    case 'l': show(m, "You look around."); break;
    case 'q': return false;
    case '\n':
    case '\r':
    case ' ': break;
    default: show(m, "d digs, f fights, b buys a life, l looks, q quits."); break;
    }
    return m->hero->lives > 0;
}

static void play_by_keys(mine *m)
{
    int key;
    do {
        if (game_is_on_a_terminal()) {
            fputs("[d]ig [f]ight [b]uy [l]ook [q]uit, then Enter> ", stdout);
            fflush(stdout);
        }
        do
            key = getchar();
        while (key == '\n');
    } while (key != EOF && press(m, key));
}

static void play_itself(mine *m, const settings *s)
{
    static const char keys[] = "dddfddbl";
    for (unsigned long turn = 0; s->turns == 0 || turn < s->turns; turn++) {
        game_sleep_ms(s->every_ms);
        char key = keys[turn % (sizeof keys - 1)];
        if (key == 'f' && m->hero->lives == 1)
            key = 'b';
        if (!press(m, key))
            return;
    }
}

static void tell_truth(const mine *m)
{
    printf("truth pid %lu\n", game_process_id());
    printf("truth gold i32 0x%" PRIxPTR " %" PRId32 "\n", (uintptr_t)m->gold, *m->gold);
    printf("truth lives i32 0x%" PRIxPTR " %" PRId32 "\n", (uintptr_t)&m->hero->lives, m->hero->lives);
    printf("truth crest hex 0x%" PRIxPTR, (uintptr_t)m->hero->crest);
    for (size_t i = 0; i < sizeof m->hero->crest; i++)
        printf(" %02X", m->hero->crest[i]);
    putchar('\n');
    fflush(stdout);
}

static int explain(const char *wrong)
{
    fprintf(stderr, "memscan-game: %s\nusage: memscan-game [--auto] [--every MILLISECONDS] [--turns N] [--truth]\n",
            wrong);
    return 2;
}

static bool take_number(const char *text, unsigned long *number)
{
    char *end;
    *number = text == NULL ? 0 : strtoul(text, &end, 10);
    return text != NULL && *text >= '0' && *text <= '9' && *end == '\0' && *number <= 1000000;
}

int main(int argc, char **argv)
{
    settings s = { false, false, 500, 0 };
    for (int i = 1; i < argc; i++) {
        unsigned long number;
        if (strcmp(argv[i], "--auto") == 0)
            s.plays_itself = true;
        else if (strcmp(argv[i], "--truth") == 0)
            s.tells_truth = true;
        else if (strcmp(argv[i], "--every") == 0 && take_number(argv[i + 1], &number) && ++i)
            s.every_ms = (unsigned)number;
        else if (strcmp(argv[i], "--turns") == 0 && take_number(argv[i + 1], &number) && ++i)
            s.turns = number;
        else
            return explain("that is not one of its options");
    }
    game_plain_lines();
    static mine m; /* where a pointer path to the hero begins */
    if (!open_mine(&m)) {
        close_mine(&m);
        return explain("out of memory");
    }
    puts("The Mine. Dig for gold, mind the trolls.");
    if (s.tells_truth)
        tell_truth(&m);
    show(&m, "You stand at the entrance.");
    if (s.plays_itself)
        play_itself(&m, &s);
    else
        play_by_keys(&m);
    puts(m.hero->lives > 0 ? "You walk home into the evening sun." : "Here lies a miner.");
    close_mine(&m);
    return 0;
}
