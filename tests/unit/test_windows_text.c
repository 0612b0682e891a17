/* test_windows_text.c - UTF-16 as UTF-8, and command lines as arguments. Runs on every system; on Windows the system
 * itself is the judge of many more command lines. */
#include "check_main.h"

#include <stdbool.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>

#include <shellapi.h>
#endif

#include "platform/windows/windows_arguments.h"
#include "platform/windows/windows_text.h"

START_TEST(utf16_becomes_utf8)
{
    static const struct {
        uint16_t units[6];
        const char *text;
    } cases[] = {
        { { 'a', 0x7f, 0x80, 0x7ff }, "a\x7f\xc2\x80\xdf\xbf" },
        { { 0x800, 0xffff, 0x20ac }, "\xe0\xa0\x80\xef\xbf\xbf\xe2\x82\xac" },
        { { 0xd83d, 0xde00, '!' }, "\xf0\x9f\x98\x80!" },
        { { 0xdbff, 0xdfff }, "\xf4\x8f\xbf\xbf" },
        { { 0xd83d, 'x' }, "\xed\xa0\xbdx" }, /* half a character */
        { { 'x', 0xde00 }, "x\xed\xb8\x80" }, /* the other half */
        { { 0xd83d, 0xd83d, 0xde00 }, "\xed\xa0\xbd\xf0\x9f\x98\x80" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32];
        size_t length = ms_windows_utf8(cases[i].units, ms_windows_length(cases[i].units, 6), out, sizeof out);
        ck_assert_str_eq(out, cases[i].text);
        ck_assert_uint_eq(length, strlen(cases[i].text));
    }
}
END_TEST

START_TEST(what_does_not_fit_is_cut_between_characters)
{
    static const uint16_t units[] = { 'a', 0xe9, 0x20ac, 0xd83d, 0xde00 };
    static const size_t whole[] = { 0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10 }; /* by capacity */
    for (size_t capacity = 1; capacity < sizeof whole / sizeof whole[0]; capacity++) {
        char out[16], copy[16];
        memset(out, '#', sizeof out);
        memset(copy, '#', sizeof copy);
        ck_assert_uint_eq(ms_windows_utf8(units, 5, out, capacity), whole[capacity]);
        ck_assert_uint_eq(strlen(out), whole[capacity]);
        ck_assert_int_eq(out[capacity], '#');
        ms_windows_cut("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", copy, capacity);
        ck_assert_str_eq(copy, out);
        ck_assert_int_eq(copy[capacity], '#');
    }
    char out[8];
    ms_windows_utf8((const uint16_t[]){ 'a', 0, 'b' }, 3, out, sizeof out);
    ck_assert_str_eq(out, "a b");
}
END_TEST

START_TEST(a_file_name_is_behind_the_last_separator)
{
    ck_assert_str_eq(ms_windows_file_name("C:\\a b\\c.exe"), "c.exe");
    ck_assert_str_eq(ms_windows_file_name("C:\\a/c.exe"), "c.exe");
    ck_assert_str_eq(ms_windows_file_name("c.exe"), "c.exe");
    ck_assert_str_eq(ms_windows_file_name(""), "");
}
END_TEST

/* Arguments with their NULs shown as '|'. */
static void split_into(const char *line, char *shown, size_t capacity)
{
    size_t length = ms_windows_split_arguments(line, shown, capacity - 1);
    for (size_t i = 0; i < length; i++)
        if (!shown[i])
            shown[i] = '|';
    shown[length] = '\0';
}

START_TEST(command_lines_become_arguments)
{
    static const struct {
        const char *line, *arguments;
    } cases[] = {
        { "", "" },
        { "a.exe", "a.exe|" },
        { "\"C:\\Program Files\\a.exe\" b  c\td", "C:\\Program Files\\a.exe|b|c|d|" },
        { "\"C:\\dir\\\" x", "C:\\dir\\|x|" }, /* the program knows no escapes */
        /* The examples of Microsoft's "Parsing C Command-Line Arguments". */
        { "p \"a b c\" d e", "p|a b c|d|e|" },
        { "p \"ab\\\"c\" \"\\\\\" d", "p|ab\"c|\\|d|" },
        { "p a\\\\\\b d\"e f\"g h", "p|a\\\\\\b|de fg|h|" },
        { "p a\\\\\\\"b c d", "p|a\\\"b|c|d|" },
        { "p a\\\\\\\\\"b c\" d e", "p|a\\\\b c|d|e|" },
        { "p \"\" x", "p||x|" },
        { "p a   ", "p|a|" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char shown[128];
        split_into(cases[i].line, shown, sizeof shown);
        ck_assert_str_eq(shown, cases[i].arguments);
    }
}
END_TEST

START_TEST(arguments_that_do_not_fit_are_cut)
{
    static const char line[] = "prog \"a b\" c";
    char whole[32], out[32];
    size_t length = ms_windows_split_arguments(line, whole, sizeof whole);
    ck_assert_uint_eq(length, sizeof "prog" + sizeof "a b" + sizeof "c");
    for (size_t capacity = 0; capacity < length; capacity++) {
        memset(out, '#', sizeof out);
        size_t used = ms_windows_split_arguments(line, out, capacity);
        ck_assert_uint_le(used, capacity);
        ck_assert_int_eq(out[capacity], '#');
        ck_assert_msg(used == 0 || out[used - 1] == '\0', "capacity %zu", capacity);
    }
}
END_TEST

#ifdef _WIN32
/* What CommandLineToArgvW makes of `line`, shown in the same way. */
static bool judge(const char *line, char *shown)
{
    WCHAR wide[64];
    int count = 0;
    MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, 64);
    LPWSTR *arguments = CommandLineToArgvW(wide, &count);
    if (!arguments)
        return false;
    shown[0] = '\0';
    for (int i = 0; i < count; i++) {
        char one[64];
        WideCharToMultiByte(CP_UTF8, 0, arguments[i], -1, one, sizeof one, NULL, NULL);
        strcat(shown, one);
        strcat(shown, "|");
    }
    LocalFree(arguments);
    return true;
}

/* Two quotes in a row are left out: there CommandLineToArgvW and the C runtimes of programs differ. */
START_TEST(the_system_splits_command_lines_alike)
{
    static const char alphabet[] = "a\"\\ \"\\";
    for (unsigned seed = 1; seed <= 20000; seed++) {
        char line[24] = "p ", shown[128], expected[128];
        uint32_t random = seed * 2654435761u;
        size_t length = 2 + random % 12;
        for (size_t i = 2; i < length; i++) {
            random = random * 1664525u + 1013904223u;
            line[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        line[length] = '\0';
        if (strstr(line, "\"\""))
            continue;
        split_into(line, shown, sizeof shown);
        if (judge(line, expected))
            ck_assert_msg(!strcmp(shown, expected), "seed %u, [%s]: [%s], the system says [%s]", seed, line, shown,
                          expected);
    }
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("windows_text");
    TCase *tests = tcase_create("windows_text");
    tcase_add_test(tests, utf16_becomes_utf8);
    tcase_add_test(tests, what_does_not_fit_is_cut_between_characters);
    tcase_add_test(tests, a_file_name_is_behind_the_last_separator);
    tcase_add_test(tests, command_lines_become_arguments);
    tcase_add_test(tests, arguments_that_do_not_fit_are_cut);
#ifdef _WIN32
    tcase_add_test(tests, the_system_splits_command_lines_alike);
#endif
    suite_add_tcase(suite, tests);
    return suite;
}
