/* session.c - see session.h. A session without a name belongs to one process: its file is called after the name, the
 * number and the start time of that process, so that the next process of the same number begins anew. */
#include "session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "files.h"
#include "prompt.h"
#include "state.h"

/* ---- where it is ---- */

static const char *session_option(const cli *call)
{
    const char *name = cli_value(&call->arguments, CLI_SESSION);
    return name == NULL && call->prompt != NULL ? cli_prompt_session(call->prompt) : name;
}

static bool is_path(const char *name)
{
    size_t length = strlen(name);
    return strpbrk(name, "/\\") != NULL || (length > 5 && strcmp(name + length - 5, ".scan") == 0);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

memscan_status cli_session_folder(char *out, size_t capacity, memscan_error *error)
{
    if (cli_state_folder("sessions", out, capacity))
        return MEMSCAN_OK;
    return cli_wrong(error, "say where it goes: --session ./FILE.scan", "there is no home folder for the session");
}

static void default_name(const memscan_facts *facts, char *out, size_t capacity)
{
    char name[sizeof facts->name];
    memcpy(name, facts->name, sizeof name);
    for (size_t i = 0; i < sizeof name && name[i] != '\0'; i++)
        name[i] = (char)(is_letter(name[i]) ? name[i] : '_');
    snprintf(out, capacity, "%.*s-%" PRIu64 "-%" PRIu64, (int)sizeof name, name, facts->pid, facts->start_time);
}

static memscan_status check_name(const char *name, memscan_error *error)
{
    size_t length = 0;
    while (is_letter(name[length]) || name[length] == '.')
        length++;
    char shown[96];
    memscan_escape(name, shown, sizeof shown);
    if (length == 0 || length > 100 || name[length] != '\0' || name[0] == '.')
        return cli_wrong(error, "letters, digits, -, _ and points; a path holds a / or ends in .scan",
                         "not the name of a session: %s", shown);
    return MEMSCAN_OK;
}

memscan_status cli_session_path(const cli *call, const memscan_facts *facts, char *out, size_t capacity,
                                memscan_error *error)
{
    char own[160], folder[CLI_SESSION_PATH];
    const char *name = session_option(call);
    memscan_status status = MEMSCAN_OK;
    int length;
    if (name != NULL && is_path(name)) {
        length = snprintf(out, capacity, "%s", name);
    } else {
        if (name == NULL)
            default_name(facts, own, sizeof own);
        else
            status = check_name(name, error);
        if (status == MEMSCAN_OK)
            status = cli_session_folder(folder, sizeof folder, error);
        if (status != MEMSCAN_OK)
            return status;
        length = snprintf(out, capacity, "%s/%s.scan", folder, name == NULL ? own : name);
    }
    if (length < 0 || (size_t)length >= capacity)
        return cli_wrong(error, "", "the path of the session is too long");
    return MEMSCAN_OK;
}

memscan_status cli_session_prepare(const char *path, memscan_error *error)
{
    static const char magic[8] = "MEMSCAN\x1a";
    char head[8], folder[CLI_SESSION_PATH], shown[160];
    size_t length = cli_file_head(path, head, sizeof head);
    memscan_status status = MEMSCAN_OK;
    memscan_escape(path, shown, sizeof shown);
    if (length > 0 && memcmp(head, magic, length) != 0)
        return cli_wrong(error, "choose another name, or remove it yourself", "%s is no session: it is not replaced",
                         shown);
    if (cli_state_folder("sessions", folder, sizeof folder) && strncmp(path, folder, strlen(folder)) == 0)
        status = cli_folder_make(folder, error);
    return status;
}

/* ---- opening ---- */

const char *cli_session_advice(const cli *call, const memscan_facts *facts, char *out, size_t capacity)
{
    char shown[200] = "";
    const char *name = cli_value(&call->arguments, CLI_SESSION);
    out[0] = '\0';
    if (call->prompt != NULL)
        return out;
    if (name != NULL)
        memscan_escape(name, shown, sizeof shown);
    snprintf(out, capacity, "memscan --pid %" PRIu64 " %s%s%s", facts->pid, name != NULL ? "--session " : "", shown,
             name != NULL ? " " : "");
    return out;
}

void cli_session_add_hint(const cli *call, const memscan_facts *facts, memscan_error *error)
{
    char start[300];
    cli_session_advice(call, facts, start, sizeof start);
    switch (error->status) {
    case MEMSCAN_NOT_FOUND:
        snprintf(error->text, sizeof error->text, "there is no session yet");
        snprintf(error->hint, sizeof error->hint, "`%.200sscan EXPR` begins one", start);
        break;
    case MEMSCAN_MISMATCH:
        snprintf(error->hint, sizeof error->hint,
                 "--rebase carries its matches over by module and offset; `%.120sscan EXPR` begins anew", start);
        break;
    case MEMSCAN_CORRUPT: snprintf(error->hint, sizeof error->hint, "`%.200sscan EXPR` begins anew", start); break;
    case MEMSCAN_BUSY:
        snprintf(error->hint, sizeof error->hint, "wait until it is done, or use another one: --session NAME");
        break;
    default: break;
    }
}

static void tell_rebased(cli *call, const memscan_scan *scan)
{
    uint64_t carried, dropped;
    char sentence[128];
    memscan_scan_rebased(scan, &carried, &dropped);
    if (carried == 0 && dropped == 0)
        return;
    snprintf(sentence, sizeof sentence, "%" PRIu64 " match%s carried over from another run, %" PRIu64 " dropped",
             carried, carried == 1 ? "" : "es", dropped);
    call->printer->form->note(call->printer, sentence);
}

memscan_status cli_session_open(cli *call, memscan_target *target, const memscan_facts *facts,
                                const memscan_scan_options *options, memscan_scan **scan, memscan_error *error)
{
    char path[CLI_SESSION_PATH];
    memscan_scan_options all = MEMSCAN_SCAN_OPTIONS_INIT;
    if (options != NULL)
        all = *options;
    all.rebase = cli_has(&call->arguments, CLI_REBASE);
    *scan = NULL;
    memscan_status status = cli_session_path(call, facts, path, sizeof path, error);
    if (status != MEMSCAN_OK)
        return status;
    status = memscan_scan_open(target, path, &all, scan, error);
    if (status == MEMSCAN_OK)
        tell_rebased(call, *scan);
    else
        cli_session_add_hint(call, facts, error);
    return status;
}

/* ---- @N ---- */

/* True at an @ that a number follows and that begins a place: at the beginning, or behind a bracket. */
static bool is_match_at(const char *text, size_t at, bool quoted)
{
    bool begins = at == 0 || text[at - 1] == '[';
    return text[at] == '@' && begins && !quoted && text[at + 1] >= '0' && text[at + 1] <= '9';
}

static bool names_match(const char *text)
{
    bool quoted = false;
    for (size_t i = 0; text[i] != '\0'; i++) {
        quoted ^= text[i] == '"';
        if (is_match_at(text, i, quoted))
            return true;
    }
    return false;
}

static memscan_status match_numbered(memscan_scan *scan, const char *digits, memscan_scan_match *match, size_t *length,
                                     memscan_error *error)
{
    uint64_t number = 0;
    for (*length = 0; digits[*length] >= '0' && digits[*length] <= '9'; ++*length)
        number = number > UINT64_MAX / 10 - 1 ? UINT64_MAX / 2 : number * 10 + (uint64_t)(digits[*length] - '0');
    return memscan_scan_at(scan, number, match, error);
}

static memscan_status expand(memscan_scan *scan, const char *text, char *out, size_t capacity, memscan_type *type,
                             memscan_error *error)
{
    bool quoted = false;
    size_t written = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        memscan_scan_match match;
        size_t digits = 0;
        quoted ^= text[i] == '"';
        if (!is_match_at(text, i, quoted)) {
            written += (size_t)snprintf(out + written, capacity - written, "%c", text[i]);
        } else {
            memscan_status status = match_numbered(scan, text + i + 1, &match, &digits, error);
            if (status != MEMSCAN_OK)
                return status;
            written += (size_t)snprintf(out + written, capacity - written, "0x%" PRIx64, match.address);
            *type = i == 0 && text[1 + digits] == '\0' ? match.type : MEMSCAN_TYPE_NONE;
            i += digits;
        }
        if (written >= capacity - 24)
            return cli_wrong(error, "", "an address of that length cannot be meant");
    }
    return MEMSCAN_OK;
}

memscan_status cli_session_expand_text(cli *call, memscan_target *target, const memscan_facts *facts, const char *text,
                                       char **expanded, memscan_type *type, memscan_error *error)
{
    enum { LONGEST = 8192 };
    memscan_scan *scan;
    memscan_type own = MEMSCAN_TYPE_NONE;
    *expanded = NULL;
    if (type != NULL)
        *type = MEMSCAN_TYPE_NONE;
    if (!names_match(text))
        return MEMSCAN_OK;
    char *out = calloc(1, LONGEST);
    if (out == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memscan_status status = cli_session_open(call, target, facts, NULL, &scan, error);
    if (status == MEMSCAN_OK)
        status = expand(scan, text, out, LONGEST, &own, error);
    memscan_scan_destroy(scan);
    if (status != MEMSCAN_OK) {
        free(out);
        return status;
    }
    *expanded = out;
    if (type != NULL)
        *type = own;
    return MEMSCAN_OK;
}

memscan_status cli_session_expand(cli *call, memscan_target *target, const memscan_facts *facts, size_t operand,
                                  memscan_type *type, memscan_error *error)
{
    char *expanded;
    memscan_status status =
        cli_session_expand_text(call, target, facts, call->arguments.operands[operand], &expanded, type, error);
    if (status != MEMSCAN_OK || expanded == NULL || cli_arguments_own(&call->arguments, operand, expanded))
        return status;
    free(expanded);
    return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
}

/* ---- what it holds ---- */

typedef struct showing {
    cli *call;
    uint64_t number;
    bool current_only, current_seen;
} showing;

static int show_step(const memscan_scan_step *step, void *context)
{
    showing *s = context;
    s->number += step->name == NULL;
    cli_step record = { step, s->number, s->current_seen && step->name == NULL, s->current_only };
    s->current_seen |= step->current && step->name == NULL;
    if (!s->current_only || (step->current && step->name == NULL))
        s->call->printer->form->step(s->call->printer, &record);
    return 0;
}

memscan_status cli_session_show_step(cli *call, memscan_scan *scan, memscan_error *error)
{
    showing s = { call, 0, true, false };
    return memscan_scan_steps(scan, show_step, &s, error);
}

memscan_status cli_session_show_history(cli *call, memscan_scan *scan, memscan_error *error)
{
    showing s = { call, 0, false, false };
    return memscan_scan_steps(scan, show_step, &s, error);
}
