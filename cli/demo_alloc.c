/* demo_alloc.c - see demo_alloc.h. */
#include "demo_alloc.h"

#include <stdio.h>

#include "cmd_alloc.h"
#include "launch.h"

int cli_demo_alloc(cli *call)
{
    const cli_printer_form *form = call->printer->form;
    char path[1024], line[1200];
    bool is_there = cli_find_companion("memscan-particles", path, sizeof path);
    /* Where it is not there, running it says so. */
    const char *words[] = { is_there ? path : "memscan-particles", "600", NULL };
    if (is_there) {
        form->text(call->printer,
                   "A fountain of sparks, without a window: objects made and dropped in every frame. It knows "
                   "nothing of memscan.");
        snprintf(line, sizeof line, "$ memscan alloc -o alloc.tsv --svg alloc.svg -- %s %s", path, words[1]);
        form->text(call->printer, line);
    }
    int code = cli_alloc_run(call, words);
    if (code == CLI_EXIT_DONE && !cli_has(&call->arguments, CLI_SVG))
        form->note(call->printer, "With --svg FILE the demo draws every allocation: its size against its time.");
    return code;
}
