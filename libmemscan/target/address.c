/* address.c - an address as people write it, read by recursive descent over a slice of the text:
 *
 *     address  =  place [ sign number ]          split at the last sign that a number follows
 *     place    =  number | "[" name "]" | "[" address "]" | "\"" name "\"" | name | [ name "!" ] symbol
 *
 * A name is a module's file name or path, or that of other mapped memory; it is taken whole first, so that
 * "libfoo-2" is the library of that name where there is one. Brackets that are not a region's name follow the pointer
 * that stands at the address in them. A name that no module or region bears is a symbol's, "module!name" one of that
 * module. Matches of a session have their place in the grammar, and are refused by name. */
#include "address.h"

#include "../base/bytes.h"
#include "../base/error.h"
#include "../base/text.h"
#include "place.h"
#include "symbol.h"

enum { LONGEST_ADDRESS = 8192, LONGEST_SHOWN = 120, LONGEST_NAME = 1024, DEEPEST_PATH = 64 };

typedef struct slice {
    const char *text;
    size_t length;
} slice;

typedef struct resolving {
    memscan_target *target;
    ms_region_map *map;
    unsigned depth; /* brackets around what is read now */
    bool *follows;  /* set when a pointer was followed */
    memscan_error *error;
} resolving;

/* A slice as it may be shown in a message. */
static const char *show(slice s, char *out)
{
    char copy[LONGEST_SHOWN];
    size_t length = s.length < sizeof copy ? s.length : sizeof copy - 1;
    memcpy(copy, s.text, length);
    copy[length] = '\0';
    memscan_escape(copy, out, LONGEST_SHOWN);
    return out;
}

static memscan_status not_in_this_version(const resolving *r, const char *what)
{
    return ms_fail(r->error, MEMSCAN_NOT_SUPPORTED, "%s are not in this version", what);
}

/* True when `name`, as the target spells it or as memscan shows it, is what was written. */
static bool is_called(const char *name, slice written)
{
    char shown[MEMSCAN_PLACE_MAX];
    if (strlen(name) == written.length && memcmp(name, written.text, written.length) == 0)
        return true;
    size_t length = memscan_escape(name, shown, sizeof shown);
    return length < sizeof shown && length == written.length && memcmp(shown, written.text, length) == 0;
}

/* Counts a thing that bears the name: the first one gives its address. */
static void found_at(uint64_t address, uint64_t *first, size_t *count)
{
    if ((*count)++ == 0)
        *first = address;
}

static memscan_status find_module(const resolving *r, slice name, uint64_t *address, size_t *count)
{
    ms_module_list *modules;
    memscan_status status = ms_target_modules(r->target, &modules, r->error);
    if (status)
        return status == MEMSCAN_NOT_SUPPORTED ? MEMSCAN_OK : status;
    for (size_t i = 0; i < ms_module_list_count(modules); i++) {
        const memscan_module *module = ms_module_list_at(modules, i);
        if (is_called(module->name, name) || is_called(module->path, name))
            found_at(module->base, address, count);
    }
    return MEMSCAN_OK;
}

static void find_region(const resolving *r, slice name, uint64_t *address, size_t *count)
{
    const char *last_name = NULL;
    bool last_fits = false;
    for (size_t i = 0; i < ms_region_map_count(r->map); i++) {
        const memscan_region *region = ms_region_map_at(r->map, i);
        if (region->name != last_name) { /* names are kept once: a new pointer is a new name */
            last_name = region->name;
            last_fits = *last_name && (is_called(ms_region_short_name(region), name) || is_called(last_name, name));
        }
        if (last_fits && ms_region_map_run(r->map, i) == i)
            found_at(region->start, address, count);
    }
}

/* NOT_FOUND leaves the error record to the caller. */
static memscan_status find_name(const resolving *r, slice name, uint64_t *address)
{
    char shown[LONGEST_SHOWN];
    size_t count = 0;
    memscan_status status = find_module(r, name, address, &count);
    if (status)
        return status;
    if (count == 0)
        find_region(r, name, address, &count);
    if (count > 1) {
        ms_fail(r->error, MEMSCAN_AMBIGUOUS, "%zu things in the target are called \"%s\"", count, show(name, shown));
        ms_hint(r->error, "give the whole path, or an address from the list of regions");
        return MEMSCAN_AMBIGUOUS;
    }
    return count ? MEMSCAN_OK : MEMSCAN_NOT_FOUND;
}

static memscan_status require_name(const resolving *r, slice name, uint64_t *address)
{
    char shown[LONGEST_SHOWN];
    memscan_status status = find_name(r, name, address);
    if (status == MEMSCAN_NOT_FOUND) {
        ms_fail(r->error, status, "nothing in the target is called \"%s\"", show(name, shown));
        ms_hint(r->error, "a number in hex begins with 0x; the names are those of modules, regions and symbols");
    }
    return status;
}

static memscan_status read_address(const resolving *r, slice s, uint64_t *address);

/* The address that stands at the address `inside`. */
static memscan_status follow_pointer(const resolving *r, slice inside, uint64_t *address)
{
    uint8_t pointer[8] = { 0 };
    uint64_t at = 0;
    resolving deeper = *r;
    memscan_layout layout = r->target->facts.target.layout;
    if (++deeper.depth > DEEPEST_PATH)
        return ms_fail(r->error, MEMSCAN_LIMIT, "a pointer path of more than %d steps", DEEPEST_PATH);
    *r->follows = true;
    memscan_status status = read_address(&deeper, inside, &at);
    if (!status)
        status = memscan_read(r->target, at, pointer, layout.pointer_width, r->error);
    if (!status)
        *address = ms_load_uint(pointer, layout.pointer_width, layout.big_endian);
    return status;
}

static memscan_status read_brackets(const resolving *r, slice s, uint64_t *address)
{
    memscan_status status = find_name(r, s, address);
    return status == MEMSCAN_NOT_FOUND ? follow_pointer(r, (slice){ s.text + 1, s.length - 2 }, address) : status;
}

/* A copy that ends in NUL, without the quotes around it. False: too long to be a name. */
static bool copy_name(slice s, char *out, size_t capacity)
{
    if (s.length >= 2 && s.text[0] == '"' && s.text[s.length - 1] == '"')
        s = (slice){ s.text + 1, s.length - 2 };
    if (s.length >= capacity)
        return false;
    memcpy(out, s.text, s.length);
    out[s.length] = '\0';
    return true;
}

/* "symbol", "module!symbol". The error record says already that nothing bears the name: where symbols cannot be read,
 * that stays, unless a symbol was clearly meant, or a step would help (a library is missing): it may be a symbol's. */
static memscan_status read_symbol(const resolving *r, slice s, uint64_t *address)
{
    char module[LONGEST_NAME], name[LONGEST_NAME];
    size_t mark = s.length;
    memscan_error why = { .status = MEMSCAN_OK };
    while (mark > 0 && s.text[mark - 1] != '!')
        mark--;
    bool named = mark > 1;
    if (!copy_name((slice){ s.text + mark, s.length - mark }, name, sizeof name) || !*name ||
        (named && !copy_name((slice){ s.text, mark - 1 }, module, sizeof module)))
        return MEMSCAN_NOT_FOUND;
    memscan_status status = ms_symbol_resolve(r->target, r->map, named ? module : NULL, name, address, &why);
    bool unknown = status == MEMSCAN_NOT_FOUND || (status == MEMSCAN_NOT_SUPPORTED && !*why.hint);
    if (!status || (unknown && !named))
        return status ? MEMSCAN_NOT_FOUND : MEMSCAN_OK;
    if (r->error)
        *r->error = why;
    return status;
}

static memscan_status read_place(const resolving *r, slice s, uint64_t *address)
{
    if (s.length == 0)
        return ms_fail(r->error, MEMSCAN_INVALID, "an address is missing");
    if (ms_parse_u64(s.text, s.length, address))
        return MEMSCAN_OK;
    if (s.text[0] == '@')
        return not_in_this_version(r, "matches of a session");
    if (s.length >= 2 && s.text[0] == '[' && s.text[s.length - 1] == ']')
        return read_brackets(r, s, address);
    if (s.length >= 2 && s.text[0] == '"' && s.text[s.length - 1] == '"')
        return require_name(r, (slice){ s.text + 1, s.length - 2 }, address);
    memscan_status status = require_name(r, s, address);
    return status == MEMSCAN_NOT_FOUND ? read_symbol(r, s, address) : status;
}

/* The index of the last sign that a number follows to the end of the slice, or the length. */
static size_t last_sign(slice s, uint64_t *number)
{
    for (size_t i = s.length; i-- > 1;)
        if ((s.text[i] == '+' || s.text[i] == '-') && ms_parse_u64(s.text + i + 1, s.length - i - 1, number))
            return i;
    return s.length;
}

/* Where a pointer leads beyond all addresses, the text is right and the target not ready. */
static memscan_status beyond(const resolving *r)
{
    return *r->follows ? MEMSCAN_UNREADABLE : MEMSCAN_INVALID;
}

static memscan_status add_offset(const resolving *r, uint64_t base, char sign, uint64_t offset, uint64_t *address)
{
    bool fits = sign == '+' ? offset <= ms_target_widest(r->target) - base : offset <= base;
    *address = sign == '+' ? base + offset : base - offset;
    return fits ? MEMSCAN_OK
                : ms_fail(r->error, beyond(r), "0x%llx %c 0x%llx is beyond the target's addresses",
                          (unsigned long long)base, sign, (unsigned long long)offset);
}

static memscan_status read_address(const resolving *r, slice s, uint64_t *address)
{
    uint64_t offset = 0, base = 0;
    size_t sign = last_sign(s, &offset);
    memscan_status status = MEMSCAN_NOT_FOUND;
    if (sign < s.length && s.text[0] != '"' && s.text[0] != '[')
        status = find_name(r, s, &base); /* a name that ends like an offset */
    if (status == MEMSCAN_NOT_FOUND)
        status = read_place(r, (slice){ s.text, sign }, &base);
    else
        sign = s.length;
    if (status)
        return status;
    if (base > ms_target_widest(r->target))
        return ms_fail_at(r->error, beyond(r), base, "0x%llx is beyond the target's addresses",
                          (unsigned long long)base);
    *address = base;
    return sign < s.length ? add_offset(r, base, s.text[sign], offset, address) : MEMSCAN_OK;
}

memscan_status ms_resolve(memscan_target *target, const char *text, uint64_t *address, bool *follows,
                          memscan_error *error)
{
    resolving r = { .target = target, .follows = follows, .error = error };
    size_t length = strlen(text);
    uint64_t resolved = 0;
    *address = 0;
    *follows = false;
    if (length > LONGEST_ADDRESS)
        return ms_fail(error, MEMSCAN_INVALID, "an address of %zu characters cannot be meant", length);
    if (ms_parse_u64(text, length, &resolved) && resolved <= ms_target_widest(target)) {
        *address = resolved; /* without asking the target anything */
        return MEMSCAN_OK;
    }
    memscan_status status = ms_target_fresh_map(target, &r.map, error);
    if (!status)
        status = read_address(&r, (slice){ text, length }, &resolved);
    if (!status)
        *address = resolved;
    return status;
}

memscan_status memscan_resolve(memscan_target *target, const char *text, uint64_t *address, memscan_error *error)
{
    bool follows;
    return ms_resolve(target, text, address, &follows, error);
}
