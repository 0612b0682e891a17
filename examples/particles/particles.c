/* particles.c - a fountain of sparks without a window: what `memscan demo alloc` records. It allocates as games do: small
 * objects made and dropped in every frame, trails that grow, labels, and now and then a large picture.
 *
 *   memscan-particles [FRAMES]
 *
 * It knows nothing of memscan. The same frames make the same allocations in every run; it counts those it makes itself. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SPARKS  4000u
#define TRAIL_GROWTH 24u

typedef struct point {
    float x, y;
} point;

/* A spark, and the extra that its kind brings along. */
typedef struct spark {
    point at, speed;
    unsigned age, life;
    point *trail; /* where it was; NULL: it leaves none */
    size_t trail_length, trail_capacity;
    char *label;
    unsigned char shape[]; /* as large as its kind */
} spark;

typedef struct fountain {
    spark *sparks[MOST_SPARKS];
    size_t count;
    unsigned char *backdrop; /* painted anew from time to time */
    uint32_t dice;
    unsigned long made, dropped, allocations;
} fountain;

static uint32_t roll(fountain *f, uint32_t sides)
{
    f->dice = f->dice * 1664525u + 1013904223u;
    return (f->dice >> 8) % sides;
}

static void *checked(fountain *f, void *block)
{
    if (block == NULL) {
        fputs("memscan-particles: out of memory\n", stderr);
        exit(1);
    }
    f->allocations++;
    return block;
}

static spark *make(fountain *f)
{
    static const size_t shapes[] = { 8, 24, 64, 200, 700, 2500 };
    spark *s = checked(f, calloc(1, sizeof *s + shapes[roll(f, sizeof shapes / sizeof shapes[0])]));
    s->at = (point){ 0, 0 };
    s->speed = (point){ (float)roll(f, 200) / 100 - 1, 2 + (float)roll(f, 100) / 50 };
    s->life = 20 + roll(f, 120);
    if (roll(f, 4) == 0) {
        s->trail_capacity = TRAIL_GROWTH;
        s->trail = checked(f, malloc(s->trail_capacity * sizeof *s->trail));
    }
    if (roll(f, 3) == 0) {
        s->label = checked(f, malloc(24));
        snprintf(s->label, 24, "spark %lu", f->made);
    }
    f->made++;
    return s;
}

static void drop(fountain *f, spark *s)
{
    free(s->trail);
    free(s->label);
    free(s);
    f->dropped++;
}

static void leave_trail(fountain *f, spark *s)
{
    if (s->trail == NULL)
        return;
    if (s->trail_length == s->trail_capacity) {
        s->trail_capacity += s->trail_capacity / 2;
        s->trail = checked(f, realloc(s->trail, s->trail_capacity * sizeof *s->trail));
    }
    s->trail[s->trail_length++] = s->at;
}

static void paint_backdrop(fountain *f)
{
    size_t size = (size_t)(64 + roll(f, 960)) * 1024;
    free(f->backdrop);
    f->backdrop = checked(f, malloc(size));
    memset(f->backdrop, (int)roll(f, 256), size);
}

static void play_frame(fountain *f, unsigned long frame)
{
    if (frame % 60 == 0)
        paint_backdrop(f);
    for (uint32_t births = 10 + roll(f, 40); births > 0 && f->count < MOST_SPARKS; births--)
        f->sparks[f->count++] = make(f);
    for (size_t i = 0; i < f->count;) {
        spark *s = f->sparks[i];
        s->speed.y -= 0.05f;
        s->at.x += s->speed.x;
        s->at.y += s->speed.y;
        leave_trail(f, s);
        if (++s->age < s->life) {
            i++;
            continue;
        }
        drop(f, s);
        f->sparks[i] = f->sparks[--f->count];
    }
}

int main(int argc, char **argv)
{
    static fountain f = { .dice = 7 };
    unsigned long frames = argc > 1 ? strtoul(argv[1], NULL, 10) : 600;
    for (unsigned long frame = 0; frame < frames; frame++)
        play_frame(&f, frame);
    printf("%lu frames: %lu sparks made, %lu dropped, %lu still in the air; %lu allocations of its own\n", frames,
           f.made, f.dropped, (unsigned long)f.count, f.allocations);
    while (f.count > 0)
        drop(&f, f.sparks[--f.count]);
    free(f.backdrop);
    return 0;
}
