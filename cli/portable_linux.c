/* portable_linux.c - part of the static program only. The C library looks up user names through modules that it loads;
 * those of another machine need another C library, and would bring it into this process. The module for /etc/passwd is
 * built in: it is the only one asked, and users that it does not know are shown by number. */
#include <nss.h>

/* Not in nss.h's promises, but exported by glibc since 2.0 for exactly this (nss/nss_database.c). */
extern int __nss_configure_lookup(const char *database, const char *services);

__attribute__((constructor)) static void ask_built_in_module(void)
{
    __nss_configure_lookup("passwd", "files");
    __nss_configure_lookup("group", "files");
}
