/* opened.c - a library that knows how often it was begun. */
int opened_sum(int first, int second);
int opened_begun(void);

static int begun;

__attribute__((constructor)) static void begin(void)
{
    begun++;
}

int opened_sum(int first, int second)
{
    return first + second;
}

int opened_begun(void)
{
    return begun;
}
