/* svg_check.c - looks at a picture of `regions --svg` as its reader does: no text is cut by an edge or lies upon another
 * one, no block upon another. Says what is wrong, then "N blocks, M texts" where nothing is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Widths of letters: the fonts of the picture have equal ones, of six tenths of their height. */
#define LETTER 0.602

typedef struct box {
    double left, top, right, bottom;
    int is_text;
} box;

static box *boxes;
static size_t count, capacity;
static int wrong;

static void add(box one)
{
    if (count == capacity) {
        capacity = capacity ? capacity * 2 : 1024;
        boxes = realloc(boxes, capacity * sizeof *boxes);
        if (!boxes)
            exit(2);
    }
    boxes[count++] = one;
}

static char *whole_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return NULL;
    long size = ftell(file);
    char *text = calloc(1, (size_t)size + 1);
    rewind(file);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        return NULL;
    fclose(file);
    return text;
}

/* The number of an attribute of the element that begins at `at`; what it has not is 0. */
static double number(const char *at, const char *name)
{
    char key[32];
    snprintf(key, sizeof key, " %s=\"", name);
    const char *end = strchr(at, '>'), *found = strstr(at, key);
    return found && end && found < end ? atof(found + strlen(key)) : 0;
}

static int has(const char *at, const char *words)
{
    const char *end = strchr(at, '>'), *found = strstr(at, words);
    return found && end && found < end;
}

/* Letters between tags; an entity is one, a letter of several bytes too. */
static size_t letters(const char *at, const char *end)
{
    size_t sum = 0;
    for (int in_tag = 0; at < end; at++) {
        if (*at == '<' || *at == '>')
            in_tag = *at == '<';
        else if (!in_tag && ((unsigned char)*at & 0xc0) != 0x80)
            sum++;
        if (!in_tag && *at == '&' && strchr(at, ';'))
            at = strchr(at, ';');
    }
    return sum;
}

static void take_text(const char *at)
{
    const char *content = strchr(at, '>') + 1, *end = strstr(at, "</text>");
    double size = has(at, "title") ? 20 : has(at, "head") || has(at, "kind") || has(at, "address") ? 13 : 11;
    double width = (double)letters(content, end) * size * LETTER, x = number(at, "x"), y = number(at, "y");
    const char *span = strstr(at, "<tspan");
    width += span && span < end ? number(span, "dx") : 0;
    x -= has(at, "text-anchor=\"end\"") ? width : 0;
    add((box){ x, y - size * 0.75, x + width, y + size * 0.2, 1 });
}

static void take_block(const char *at)
{
    double x = number(at, "x"), y = number(at, "y");
    add((box){ x, y, x + number(at, "width"), y + number(at, "height"), 0 });
}

static int by_place(const void *a, const void *b)
{
    const box *first = a, *second = b;
    if (first->top != second->top)
        return first->top < second->top ? -1 : 1;
    return (first->left > second->left) - (first->left < second->left);
}

static void complain(const char *what, const box *one)
{
    printf("%s at %.0f,%.0f\n", what, one->left, one->top);
    wrong = 1;
}

/* The full part of a block lies upon the block itself: it begins where that does. */
static void compare(const box *a, const box *b)
{
    int meet = a->left < b->right - 0.5 && b->left < a->right - 0.5 && a->top < b->bottom && b->top < a->bottom;
    if (meet && a->is_text && b->is_text)
        complain("a text lies upon another", b);
    if (meet && !a->is_text && !b->is_text && a->left != b->left)
        complain("a block lies upon another", b);
}

int main(int argc, char **argv)
{
    char *text = argc == 2 ? whole_file(argv[1]) : NULL;
    size_t blocks = 0, texts = 0;
    if (!text)
        return 2;
    double width = number(text, "width"), height = number(text, "height");
    for (const char *at = text; (at = strchr(at, '<')); at++) {
        if (!strncmp(at, "<text x=", 8))
            take_text(at), texts++;
        if (!strncmp(at, "</title><rect x=", 16))
            take_block(at + 8), blocks++;
    }
    if (!count)
        return 2;
    qsort(boxes, count, sizeof *boxes, by_place);
    for (size_t i = 0; i < count; i++) {
        if (boxes[i].left < 0 || boxes[i].right > width || boxes[i].bottom > height)
            complain("cut by an edge", &boxes[i]);
        for (size_t k = i + 1; k < count && boxes[k].top < boxes[i].bottom; k++)
            compare(&boxes[i], &boxes[k]);
    }
    if (!wrong)
        printf("%zu blocks, %zu texts\n", blocks, texts);
    free(boxes);
    free(text);
    return wrong;
}
