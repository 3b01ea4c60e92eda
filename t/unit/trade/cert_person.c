/*
 * Copyright (C) the ngx_cert authors
 *
 * Names, document numbers and masks.  NFC is compared with utf8proc for every
 * code point there is, since a range copied without it would be silent.
 */


#include <stdlib.h>

#include <utf8proc.h>

#include "cert_person.h"
#include "cert_time.h"
#include "tap.h"


#define GOOD  "11010519491231002X"


static void
test_names(void)
{
    size_t       i;
    const char  *why;
    cert_text_t  out;

    static const char *const  good[][2] = {
        { "张三", "张三" },
        { "  张三  ", "张三" },
        { "\u3000张三\u00A0", "张三" },
        { "阿卜杜拉·买买提", "阿卜杜拉·买买提" },
        { "阿卜杜拉・买买提", "阿卜杜拉・买买提" },
        { "Mary Ann O'Neil", "Mary Ann O'Neil" },
        { "Jose\u0301", "Jos\u00E9" },
        { "\u212Bngstro\u0308m", "\u00C5ngstr\u00F6m" },
        { "\u1112\u1161\u11AB", "\uD55C" },
        { "\uAC00\u11A8", "\uAC01" },
        { "\uF900", "\u8C48" },
        { "\uFA19", "\u795E" },
        { "\U0002F800", "\u4E3D" },
        { "\U00020000\u3400", "\U00020000\u3400" },
        { "\u304B\u3099", "\u304C" },
        { "q\u0307\u0323", "q\u0323\u0307" },
        { "\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937" },
        { "\u0645\u06CC\u200C\u0631", "\u0645\u06CC\u200C\u0631" },
        { "张 三", "张 三" }, { "⻢⻰", "⻢⻰" }, { "Ｍａｒｙ", "Ｍａｒｙ" }
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        why = "nothing";
        ok(cert_name_fold(&out, cert_strz(good[i][0]), &why) == CERT_OK,
           "name %zu is good: %s", i + 1, why);
        is_str(out.data, good[i][1], "... and folded");
        is_int(out.len, strlen(out.data), "... with its length");
    }
}


static const struct {
    const char  *text;
    size_t       len;
    const char  *why;
} bad_names[] = {
    { "", 0, "is empty" },
    { " \u3000 ", 5, "is empty" },
    { "a\0b", 3, "holds a control character" },
    { "\tab", 3, "holds a control character" },
    { "ab\n", 3, "holds a control character" },
    { "ab\r", 3, "holds a control character" },
    { "a\x7F", 2, "holds a control character" },
    { "a\xC2\x85", 3, "holds a control character" },
    { "a\xC2\x9F", 3, "holds a control character" },
    { "a\u2028", 4, "holds a control character" },
    { "a\u2029", 4, "holds a control character" },
    { "a\u061C", 3, "holds a mark of writing direction" },
    { "a\u200E", 4, "holds a mark of writing direction" },
    { "a\u200F", 4, "holds a mark of writing direction" },
    { "a\u202A", 4, "holds a mark of writing direction" },
    { "a\u202B", 4, "holds a mark of writing direction" },
    { "a\u202C", 4, "holds a mark of writing direction" },
    { "a\u202D", 4, "holds a mark of writing direction" },
    { "a\u202E", 4, "holds a mark of writing direction" },
    { "a\u2066", 4, "holds a mark of writing direction" },
    { "a\u2067", 4, "holds a mark of writing direction" },
    { "a\u2068", 4, "holds a mark of writing direction" },
    { "a\u2069", 4, "holds a mark of writing direction" },
    { "a\u200B", 4, "holds an invisible character" },
    { "a\u2060", 4, "holds an invisible character" },
    { "a\uFEFF", 4, "holds an invisible character" },
    { "a\u00AD", 3, "holds an invisible character" },
    { "a\u200Db", 5, "holds an invisible character" },
    { "张\u200C三", 9, "holds an invisible character" },
    { "\uFDFA\uFDFA\uFDFA\uFDFA\uFDFA\uFDFA", 18, "is too long" },
    { "a\u034F", 3, "holds an invisible character" },
    { "a\u3164", 4, "holds an invisible character" },
    { "a\uFE0F", 4, "holds an invisible character" },
    { "a\U000E0041", 5, "holds an invisible character" },
    { "a\U000E0100", 5, "holds an invisible character" },
    { "a\uE000", 4, "holds a private use character" },
    { "a\uF8FF", 4, "holds a private use character" },
    { "a\U000F0000", 5, "holds a private use character" },
    { "a\U00100000", 5, "holds a private use character" },
    { "a\uFDD0", 4, "holds a code that is not a character" },
    { "a\uFFFE", 4, "holds a code that is not a character" },
    { "a\uFFFF", 4, "holds a code that is not a character" },
    { "a\U0002FFFE", 5, "holds a code that is not a character" },
    { "a\U00040000", 5, "holds a code that is not a character" },
    { "a\U000DFFFD", 5, "holds a code that is not a character" },
    { "a\uFFFD", 4, "holds a code that is not a character" },
    { "\xED\xA0\x80", 3, "is not UTF-8" },
    { "\xED\xBF\xBF", 3, "is not UTF-8" },
    { "\xC0\x80", 2, "is not UTF-8" },
    { "\xC1\xBF", 2, "is not UTF-8" },
    { "\xE0\x9F\xBF", 3, "is not UTF-8" },
    { "\xF0\x8F\xBF\xBF", 4, "is not UTF-8" },
    { "\xF4\x90\x80\x80", 4, "is not UTF-8" },
    { "\xF8\x88\x80\x80\x80", 5, "is not UTF-8" },
    { "\xE5\xBC", 2, "is not UTF-8" },
    { "\xE5", 1, "is not UTF-8" },
    { "\xF0\xA0\x80", 3, "is not UTF-8" },
    { "a\x80", 2, "is not UTF-8" },
    { "\xD5\xC5\xC8\xFD", 4, "is not UTF-8" },
    { "\xFF\xFE", 2, "is not UTF-8" }
};


static void
test_bad_names(void)
{
    size_t       i;
    const char  *why;
    cert_str_t   in;
    cert_text_t  out;

    for (i = 0; i < sizeof(bad_names) / sizeof(bad_names[0]); i++) {
        in.data = (const uint8_t *) bad_names[i].text;
        in.len = bad_names[i].len;
        why = NULL;

        ok(cert_name_fold(&out, in, &why) == CERT_INVALID,
           "bad name %zu is refused", i + 1);
        is_str(why, bad_names[i].why, "... since it");
    }

    ok(cert_name_fold(&out, cert_str(""), NULL) == CERT_INVALID,
       "a caller that does not ask why is not told");
}


static void
test_lengths(void)
{
    char         text[1600];
    size_t       i;
    cert_str_t   in;
    cert_text_t  out;

    memset(text, 'a', sizeof(text));
    in.data = (const uint8_t *) text;

    in.len = CERT_NAME_MAX;
    ok(cert_name_fold(&out, in, NULL) == CERT_OK, "192 bytes");
    in.len = CERT_NAME_MAX + 1;
    ok(cert_name_fold(&out, in, NULL) == CERT_INVALID, "not 193");
    in.len = sizeof(text);
    ok(cert_name_fold(&out, in, NULL) == CERT_INVALID, "not 1600");

    in.len = 65;
    ok(cert_text_fold(&out, in, 64, NULL) == CERT_INVALID, "65 of 64 bytes");
    in.len = 0;
    ok(cert_text_fold(&out, in, 64, NULL) == CERT_OK && out.len == 0
       && out.data[0] == '\0', "an empty text is one");

    /* 96 times 3 bytes become 96 times 2. */

    for (i = 0; i < 96; i++) {
        memcpy(text + 3 * i, "e\xCC\x81", 3);
    }

    in.len = 3 * 96;
    ok(cert_name_fold(&out, in, NULL) == CERT_OK && out.len == CERT_NAME_MAX,
       "the length counts after composing");

    memcpy(text + 3 * 96, "e", 1);
    in.len++;
    ok(cert_name_fold(&out, in, NULL) == CERT_INVALID, "one more is too long");

    for (i = 0; i < 256; i++) {
        memcpy(text + 3 * i, "\xE1\xBE\x82", 3);
    }

    in.len = 3 * 256;
    ok(cert_name_fold(&out, in, NULL) == CERT_INVALID,
       "what decomposes most is only too long");
    in.len = 3 * 257;
    ok(cert_name_fold(&out, in, NULL) == CERT_INVALID, "or more than that");
}


/*
 * Each code point alone, and its decomposition: what the library lets pass is
 * what utf8proc composes.
 */
static void
test_all_points(void)
{
    long              wrong, passed, composed;
    int32_t           ch;
    uint8_t           in[8], *nfc, *nfd;
    cert_str_t        str;
    cert_text_t       out;
    utf8proc_ssize_t  len;

    wrong = 0;
    passed = 0;
    composed = 0;

    for (ch = 1; ch < 0x110000; ch++) {
        if (ch >= 0xD800 && ch <= 0xDFFF) {
            continue;
        }

        len = utf8proc_encode_char(ch, in);
        in[len] = '\0';
        str.data = in;
        str.len = (size_t) len;

        if (cert_name_fold(&out, str, NULL) != CERT_OK) {
            continue;
        }

        passed++;
        nfc = utf8proc_NFC(in);
        nfd = utf8proc_NFD(in);

        wrong += strcmp(out.data, (char *) nfc) != 0;

        if (strcmp((char *) nfd, (char *) in) != 0) {
            composed++;
            wrong += cert_name_fold(&out, cert_strz((char *) nfd), NULL)
                     != CERT_OK
                     || strcmp(out.data, (char *) nfc) != 0;
        }

        free(nfc);
        free(nfd);
    }

    is_int(wrong, 0, "every code point is folded as utf8proc does");
    diag("%ld code points pass, %ld of them decompose", passed, composed);
}


static const char *const  masks[][2] = {
    { "张", "*" }, { "A", "*" }, { "\U0002B80E", "*" }, { "é", "*" },
    { "张三", "张*" }, { "王五", "王*" }, { "欧阳", "欧*" },
    { "AB", "A*" }, { "\U0002CC6E三", "\U0002CC6E*" },
    { "三\U0002CC6E", "三*" }, { "é1", "é*" },
    { "张三丰", "张*丰" }, { "李小龙", "李*龙" }, { "欧阳锋", "欧*锋" },
    { "ABC", "A*C" }, { "A·B", "A*B" }, { "张·三", "张*三" },
    { "\U0002CC6E\U0002CC6E\U0002CC6E", "\U0002CC6E*\U0002CC6E" },
    { "王\U0002CC6E明", "王*明" }, { "王明\U0002CC6E", "王*\U0002CC6E" },
    { "\U0002CC6E明王", "\U0002CC6E*王" },
    { "欧阳娜娜", "欧**娜" }, { "司马相如", "司**如" },
    { "上官婉儿", "上**儿" }, { "ABCD", "A**D" },
    { "諸葛孔明", "諸**明" },
    { "买买提·艾力", "买****力" },
    { "阿卜杜拉·买买提", "阿******提" },
    { "古丽·阿不都", "古****都" }, { "迪丽热巴·迪力木拉提",
                                     "迪********提" },
    { "艾力・买买提", "艾****提" }, { "艾力•买买提", "艾****提" },
    { "Mary Ann", "M*****n" }, { "O'Neil", "O****l" },
    { "Jose\u0301", "J**\u00E9" }, { "e\u0301a", "\u00E9*" },
    { "e\u0301", "*" }, { "q\u0323a", "q*a" }, { "q\u0323", "q*" },
    { "\u1112\u1161\u11AB", "*" }, { "김철수", "김*수" },
    { "\uF900\uF900", "\u8C48*" }, { "か\u3099き", "が*" },
    { "Ångström", "Å******m" }, { "a b", "a*" }, { " 张三 ", "张*" },
    { "张 三", "张*" }, { "张\u3000三", "张*" }, { "张\u00A0三", "张*" },
    { "张\u2003三", "张*" }, { "张   三", "张*" }, { "张 三 丰", "张*丰" },
    { "张 三 \u3000丰", "张*丰" }, { "A. B", "A*B" },
    { "J K R", "J*R" }, { "欧阳 娜娜", "欧**娜" },
    { "买买提 · 艾力", "买****力" },
    { "1", "*" }, { "***", "***" }
};


static void
test_name_masks(void)
{
    size_t       i;
    cert_text_t  name, mask;

    for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        if (cert_name_fold(&name, cert_strz(masks[i][0]), NULL) != CERT_OK) {
            ok(0, "name %s folds", masks[i][0]);
            continue;
        }

        cert_name_mask(&mask, cert_strz(name.data));
        is_str(mask.data, masks[i][1], "the mask of %s", masks[i][0]);

        if (mask.len != strlen(mask.data)) {
            ok(0, "... has a wrong length");
        }
    }

    ok(sizeof(masks) / sizeof(masks[0]) >= 40, "at least 40 masks");

    /* Whatever the store holds, a mask must not run out of its bounds. */

    cert_name_mask(&mask, cert_str("\x80\x80\x80"));
    is_str(mask.data, "", "the mask of no character");
    cert_name_mask(&mask, cert_str(""));
    is_str(mask.data, "", "the mask of nothing");
    cert_name_mask(&mask, cert_str("\x80\xE5\xBC\xA0\x80\xE5"));
    is_str(mask.data, "\xE5\xBC\xA0\x80*", "the mask of bad UTF-8");

    /* An import before may have taken a joiner. */

    cert_name_mask(&mask, cert_strz("张\u200D三"));
    is_str(mask.data, "张*", "a joiner does not count");
    cert_name_mask(&mask, cert_strz("张\u200D 三\u200C丰"));
    is_str(mask.data, "张*丰", "nor do several");
    cert_name_mask(&mask, cert_strz("张\u200C"));
    is_str(mask.data, "*", "nor does one at the end");
}


static void
test_id_fold(void)
{
    size_t       i;
    const char  *why;
    cert_text_t  out;

    static const char *const  good[][2] = {
        { GOOD, GOOD },
        { "11010519491231002x", GOOD },
        { " \u300011010519491231002x\u00A0 ", GOOD },
        { "１１０１０５１９４９１２３１００２Ｘ", GOOD },
        { "１１０１０５１９４９１２３１００２ｘ", GOOD },
        { "e12345678", "E12345678" },
        { "Ｅ１２３４５６７８", "E12345678" },
        { "A123456（7）", "A123456(7)" },
        { "12\u300034", "1234" }, { "E 1234567", "E1234567" },
        { "12\u2013", "12-" }, { "Ｅ－1", "E-1" }, { "\u2169", "X" },
        { "0123456789012345678901234567890123456789",
          "0123456789012345678901234567890123456789" }
    };

    static const char *const  bad[] = {
        "", "   ", "\u3000", "张三", "123\n", "12\t3", "123\u200B", "12é",
        "\xFF", "1\u200D2", "01234567890123456789012345678901234567890",
        "\uFEFF" "123", "1\u202E2", "\u0410" "123", "12\u00B7" "3"
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ok(cert_id_number_fold(&out, cert_strz(good[i][0]), &why) == CERT_OK,
           "number \"%s\"", good[i][0]);
        is_str(out.data, good[i][1], "... is folded");
        is_int(out.len, strlen(out.data), "... with its length");
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = "?";
        ok(cert_id_number_fold(&out, cert_strz(bad[i]), &why) == CERT_INVALID
           && *why != '?', "bad number %zu is refused: it %s", i + 1, why);
    }
}


static void
sign(char *number)
{
    int  i, sum;

    static const int  weights[] = {
        7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2
    };

    sum = 0;

    for (i = 0; i < 17; i++) {
        sum += weights[i] * (number[i] - '0');
    }

    number[17] = "10X98765432"[sum % 11];
    number[18] = '\0';
}


static int
check(const char *number, cert_date_t today, cert_date_t *birth)
{
    const char  *why;

    return cert_id_number_check_cn(cert_strz(number), today, birth, &why)
           == CERT_OK;
}


static void
test_cn(void)
{
    size_t       i;
    char         number[19];
    cert_date_t  birth, today;

    static const char *const  bad[] = {
        "", "1", "11010519491231002", GOOD "1", "110105194912310021",
        "11010519491231002x", "1101051949123100 X", "A1010519491231002X",
        "X10105194912310021", "110105491231002", "11010519491231002Ｘ"
    };

    today = cert_date_make(2022, 8, 29);

    ok(check(GOOD, today, &birth), "the first example of GB 11643");
    is_int(birth, cert_date_make(1949, 12, 31), "... and its birth");
    ok(check("440524188001010014", today, &birth), "the second, of 1880");
    is_int(birth, cert_date_make(1880, 1, 1), "... and its birth");
    ok(check(GOOD, today, NULL), "nobody asks for the birth");

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        birth = 4711;
        ok(!check(bad[i], today, &birth) && birth == 4711,
           "\"%s\" is refused", bad[i]);
    }

    static const struct {
        const char  *number;
        int          good;
        const char  *what;
    } dates[] = {
        { "11010520220829001", 1, "born today" },
        { "11010520220830001", 0, "born tomorrow" },
        { "11010521220829001", 0, "born in a century" },
        { "11010520000229001", 1, "born on a leap day" },
        { "11010520010229001", 0, "born on no leap day" },
        { "11010519000229001", 0, "born on no leap day of 1900" },
        { "11010519900431001", 0, "born on the 31st of April" },
        { "11010519901301001", 0, "born in the 13th month" },
        { "11010519900001001", 0, "born in no month" },
        { "11010519900100001", 0, "born on no day" },
        { "11010500000101001", 0, "born in no year" },
        { "00000019900101001", 0, "of no region" },
        { "00000119900101001", 1, "of some region" }
    };

    for (i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        memcpy(number, dates[i].number, 17);
        sign(number);
        is_int(check(number, today, NULL), dates[i].good, "%s",
               dates[i].what);
    }
}


static void
test_cn_slips(void)
{
    int          i, j, n, tried, accepted, swaps;
    char         number[24], bad[24], ch;
    cert_date_t  today;
    const char  *p;

    today = cert_date_make(2022, 8, 29);
    tried = 0;
    swaps = 0;
    accepted = 0;

    for (n = 0; n < 2000; n++) {
        snprintf(number, sizeof(number), "%06d%04d%02d%02d%03d",
                 110000 + n * 271, 1930 + n % 80, 1 + n % 12, 1 + n % 28,
                 n % 1000);
        sign(number);

        if (!check(number, today, NULL)) {
            break;
        }

        for (i = 0; i < 18; i++) {
            for (p = "0123456789X"; *p != '\0'; p++) {
                if (*p != number[i]) {
                    strcpy(bad, number);
                    bad[i] = *p;
                    tried++;
                    accepted += check(bad, today, NULL);
                }
            }
        }

        for (j = 0; j < 17; j++) {
            if (number[j] != number[j + 1]) {
                strcpy(bad, number);
                ch = bad[j];
                bad[j] = bad[j + 1];
                bad[j + 1] = ch;
                swaps++;
                accepted += check(bad, today, NULL);
            }
        }
    }

    is_int(n, 2000, "2,000 numbers are right");
    is_int(accepted, 0, "no wrong digit and no swap is accepted");
    diag("%d wrong digits and %d swaps of neighbours refused", tried, swaps);
}


static void
test_id_masks(void)
{
    cert_text_t  mask;

    cert_id_number_mask(&mask, cert_str(GOOD));
    is_str(mask.data, "110***********002X", "three, stars, four");
    cert_id_number_mask(&mask, cert_str("E12345678"));
    is_str(mask.data, "E12**5678", "a passport");
    cert_id_number_mask(&mask, cert_str("12345678"));
    is_str(mask.data, "123*5678", "eight characters");
    cert_id_number_mask(&mask, cert_str("1234567"));
    is_str(mask.data, "*******", "seven show nothing");
    cert_id_number_mask(&mask, cert_str(""));
    is_str(mask.data, "", "nothing");
}


static void
test_types(void)
{
    int             i;
    cert_id_type_t  type;

    for (i = 0; i < CERT_ID_TYPES; i++) {
        type = CERT_ID_TYPES;
        ok(cert_id_type_parse(&type, cert_strz(cert_id_type_name(i)))
           == CERT_OK && type == (cert_id_type_t) i, "type \"%s\"",
           cert_id_type_name(i));
    }

    ok(cert_id_type_parse(&type, cert_str("CN")) == CERT_INVALID, "not CN");
    ok(cert_id_type_parse(&type, cert_str("")) == CERT_INVALID, "not empty");
    is_str(cert_id_type_name(CERT_ID_TYPES), "unknown", "not a type");
}


int
main(void)
{
    test_names();
    test_bad_names();
    test_lengths();
    test_all_points();
    test_name_masks();
    test_id_fold();
    test_cn();
    test_cn_slips();
    test_id_masks();
    test_types();

    return done_testing();
}
