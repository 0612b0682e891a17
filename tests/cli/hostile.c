/* hostile.c - a process that would like to steer a terminal: its name, its arguments, the name of a thread and the name
 * of a file it maps hold escape sequences, control characters, a change of direction, and bytes that are no UTF-8. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char name[] = "\033[31m\r\xe2\x80\xae\xff";
static const char file_name[] = "evil\033]0;title\007\r\xc2\x9b"
                                "2J\xe2\x80\xae\xff.map";

static void *wait_as_thread(void *unused)
{
    (void)unused;
    prctl(PR_SET_NAME, "t\033[2J\n) R 1");
    pause();
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int fd = open(file_name, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        return 1;
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED || pthread_create(&thread, NULL, wait_as_thread, NULL) != 0)
        return 1;
    map[0] = 1;
    prctl(PR_SET_NAME, name);
    printf("mapped %p\nready\n", (void *)map);
    fflush(stdout);
    for (;;)
        pause();
}
