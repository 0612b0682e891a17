/* scratch_folder_windows.c - scratch_folder.h on Windows. */
#include "scratch_folder.h"

#include <stdio.h>
#include <windows.h>

bool scratch_folder_create(char *path, size_t capacity)
{
    char temporary[MAX_PATH + 1];
    DWORD length = GetTempPathA(sizeof temporary, temporary);
    if (length == 0 || length >= sizeof temporary)
        return false;
    for (unsigned i = 0; i < 1000; i++) { /* numbers of processes come again, folders of killed tests stay */
        int used =
            snprintf(path, capacity, "%smemscan-test-%lu-%u", temporary, (unsigned long)GetCurrentProcessId(), i);
        if (used < 0 || (size_t)used >= capacity)
            return false;
        if (CreateDirectoryA(path, NULL))
            return true;
    }
    return false;
}

bool scratch_folder_remove(const char *path)
{
    return RemoveDirectoryA(path) != 0;
}
