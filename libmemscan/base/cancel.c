/* cancel.c - the token that cancels long calls: one lock-free flag, so that a signal handler may raise it. */
#include <memscan/base.h>

#include <stdatomic.h>
#include <stdlib.h>

struct memscan_cancel {
    atomic_int raised;
};

memscan_cancel *memscan_cancel_create(void)
{
    memscan_cancel *token = malloc(sizeof *token);
    if (token)
        atomic_init(&token->raised, 0);
    return token;
}

void memscan_cancel_raise(memscan_cancel *token)
{
    atomic_store_explicit(&token->raised, 1, memory_order_release);
}

void memscan_cancel_lower(memscan_cancel *token)
{
    atomic_store_explicit(&token->raised, 0, memory_order_release);
}

int memscan_cancel_is_raised(const memscan_cancel *token)
{
    return atomic_load_explicit(&token->raised, memory_order_acquire);
}

void memscan_cancel_destroy(memscan_cancel *token)
{
    free(token);
}
