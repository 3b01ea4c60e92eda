/*
 * Copyright (C) the ngx_cert authors
 *
 * Match forms: spellings of invented people that have to be found, near misses
 * that must not be, and what holds for every text: a match form is its own, and
 * texts that are canonically equal have one.
 */


#include <utf8proc.h>

#include "cert_fold.h"
#include "tap.h"


typedef cert_err_t (*fold_pt)(cert_text_t *out, cert_str_t in,
    const char **why);

/* All spellings of one field fold to its form; the printed one is the first. */
typedef struct {
    fold_pt      fold;
    const char  *form;
    const char  *typed[16];
} person_t;

typedef struct {
    fold_pt      fold;
    const char  *a;
    const char  *b;
} apart_t;

typedef struct {
    fold_pt      fold;
    const char  *in;
    const char  *why;
} bad_t;


#define NAME    cert_fold_name
#define NUMBER  cert_fold_number
#define DOC     cert_fold_id_number


static const person_t  people[] = {
    { NAME, "张三",
      { "张三", " 张三", "张三 ", "张 三", "张\u3000三", "张\u00A0三",
        "张\u200B三", "\uFEFF张三", "张三\u202C", "\u202A张三", "张三\t",
        "张三\r\n", "张\u2003三", "张\u2009 \u3000三" } },
    { NAME, "买买提·吐尔逊",
      { "买买提·吐尔逊", "买买提•吐尔逊", "买买提・吐尔逊", "买买提･吐尔逊",
        "买买提‧吐尔逊", "买买提∙吐尔逊", "买买提⋅吐尔逊", "买买提．吐尔逊",
        "买买提.吐尔逊", "买买提\u0387吐尔逊", "买买提\u2024吐尔逊",
        "买买提 · 吐尔逊", "买买提。吐尔逊", "买买提˙吐尔逊",
        "买买提●吐尔逊" } },
    { NAME, "阿依古丽·艾合买提",
      { "阿依古丽·艾合买提", "阿依古丽﹒艾合买提", "阿依古丽｡艾合买提",
        "阿依古丽 .艾合买提", "阿依古丽\u2E31艾合买提",
        "阿依古丽\u2E33艾合买提", "阿依古丽\u318D艾合买提",
        "阿依古丽\uA78F艾合买提", "阿依古丽\u2218艾合买提",
        "阿依古丽\u25E6艾合买提", "阿依古丽\u16EB艾合买提",
        "\u2067阿依古丽·艾合买提\u2069", "阿依古丽·\u200D艾合买提" } },
    { NAME, "马龙",
      { "马龙", "⻢⻰", "⻢龙", "马⻰", "⻢ ⻰", "马\uFE00龙",
        "马\U000E0100龙\U000E0101", "马\u00AD龙", "马\u2060龙",
        "马\u034F龙", "\u200E马龙\u200F", "马\u3164龙" } },
    { NAME, "黄金玉",
      { "黄金玉", "⻩⾦⽟", "黄⾦玉", "黄\uF90A玉", "黄金\u2F5F", "⻩金玉",
        "黄\u3000金\u3000玉", "\u2028黄金玉\u2029" } },
    { NAME, "方小山",
      { "方小山", "⽅⼩⼭", "方\u2E8C山", "方\u2E8D山", "⽅小山", "方⼩山",
        "方小⼭", "方 小 山", "\x0B方小山\x0C", "方小山\xC2\x85" } },
    { NAME, "李〇一",
      { "李〇一", "李○一", "李◯一", "李〇⼀", "李〇㇐",
        "李\u3000〇\u3000一", "李〇\u2F00", "李 ○ 一", "李\u200D〇一" } },
    { NAME, "mary ann o'neil",
      { "Mary Ann O'Neil", "MARY ANN O'NEIL", "mary ann o'neil",
        "Ｍａｒｙ Ａｎｎ Ｏ＇Ｎｅｉｌ", "Mary  Ann\u00A0O’Neil",
        " Mary\u3000Ann O‘Neil ", "Mary Ann O`Neil", "Mary Ann O´Neil",
        "Mary\u2009Ann\tO\u02BCNeil", "Mary Ann O′Neil",
        "Mary\u200B Ann O'Neil", "Mary Ann O\u1FFDNeil",
        "Mary Ann O\u02BBNeil", "Mary Ann O＇Nei\u217C" } },
    { NAME, "josé núñez-gross",
      { "José Núñez-Groß", "JOSÉ NÚÑEZ-GROSS",
        "Jose\u0301 Nu\u0301n\u0303ez-Groß",
        "José Núñez–Groß", "José  Núñez‑GROẞ", "ＪＯＳÉ ＮÚÑＥＺ－ＧＲＯＳＳ",
        "José\u00A0Núñez－Groß", "Jos\u00E9 N\u00FA\u00F1ez-Groſs",
        "José Núñez\u2010Groß", "\uFEFFJosé Núñez-Groß" } },
    { NAME, "张三.",
      { "张三.", "张三. ", " 张三．", "张三 .\u3000", "张三․\r\n" } },
    { NAME, "j·k·罗琳",
      { "J·K·罗琳", "J.K.罗琳", "J. K. 罗琳", "Ｊ．Ｋ．罗琳", "j•k•罗琳",
        "J・K・罗琳", "J · K · 罗琳", "Ｊ·Ｋ·罗琳" } },
    { NUMBER, "20220126100123A-7",
      { "20220126100123A-7", "20220126100123a-7", "２０２２０１２６１００１２３Ａ－７",
        "2022 0126 1001 23A-7", "20220126100123A–7", "20220126100123A—7",
        "20220126100123A−7", "20220126100123A\u20117",
        "\uFEFF20220126100123A-7", "20220126100123A-7\t",
        "20220126\u3000100123A-7", "20220126100123A─7",
        "20220126\u200B100123A-7", "20220126100123A﹣7" } },
    { NUMBER, "京(2020)建字第7号",
      { "京(2020)建字第7号", "京（2020）建字第7号", "京（２０２０）建字第７号",
        "京 (2020) 建字第 7 号", "京(2020)建字第7号\u200E",
        "京﹙2020﹚建字第7号", "京⁽2020⁾建字第⁷号" } },
    { DOC, "11010519491231002X",
      { "11010519491231002X", "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X",
        "\u202D11010519491231002X\u202C", "11010519491231002ⅹ",
        "11010519491231002Ⅹ", "\uFEFF11010519491231002X",
        "11010519491231002X\r\n", "110105\u00A019491231\u2002002x",
        "110105\u200B19491231\u200B002X" } },
    { DOC, "E-1234567(8)",
      { "E-1234567(8)", "e-1234567(8)", "Ｅ－１２３４５６７（８）",
        "E–1234567（8）", "E—1234567(8)", "E‐1234567(8)", "E―1234567(8)",
        "E −1234567 (8)", "E‒1234567(8)", "E\u2796" "1234567(8)",
        "E﹘1234567(8)", "E\u02D7" "1234567(8)" } },
};

static const apart_t  apart[] = {
    /* Variants that are names of different people. */
    { NAME, "王喆", "王哲" }, { NAME, "王堃", "王坤" }, { NAME, "王祐", "王佑" },
    { NAME, "王犇", "王奔" }, { NAME, "王邨", "王村" }, { NAME, "于洋", "於洋" },
    { NAME, "王乾", "王干" }, { NAME, "锺灵", "钟灵" }, { NAME, "甯静", "宁静" },
    { NAME, "王淼", "王渺" }, { NAME, "王昇", "王升" }, { NAME, "马龙", "馬龍" },
    { NAME, "黄河", "黃河" }, { NAME, "黄河", "⿈河" }, { NAME, "户川", "戶川" },
    { NAME, "吕布", "呂布" }, { NAME, "青山", "靑山" }, { NAME, "吴刚", "吳剛" },

    /* Other characters that look alike, or sound alike. */
    { NAME, "张三", "章三" }, { NAME, "张三", "張三" }, { NAME, "张三", "弓长三" },
    { NAME, "张三", "张二" }, { NAME, "张三", "三张" }, { NAME, "张三", "张三三" },
    { NAME, "张三", "张" }, { NAME, "王土", "王士" }, { NAME, "王未", "王末" },
    { NAME, "王己", "王已" }, { NAME, "王曰", "王日" }, { NAME, "王戊", "王戌" },
    { NAME, "李〇", "李零" }, { NAME, "李〇", "李O" }, { NAME, "李〇", "李0" },
    { NAME, "李一", "李-" }, { NAME, "李一", "李ー" }, { NAME, "李口", "李ロ" },
    { NAME, "王力", "王カ" }, { NAME, "王二", "王ニ" }, { NAME, "卜一", "ト一" },

    /* A dot, a mark and a stop have to be there. */
    { NAME, "买买提·吐尔逊", "买买提吐尔逊" },
    { NAME, "买买提·吐尔逊", "买买提-吐尔逊" },
    { NAME, "买买提·吐尔逊", "买买提，吐尔逊" },
    { NAME, "买买提·吐尔逊", "买买提、吐尔逊" },
    { NAME, "买买提·吐尔逊", "买买提:吐尔逊" },
    { NAME, "买买提·吐尔逊", "吐尔逊·买买提" },
    { NAME, "买买提·吐尔逊", "买买提·吐尔逊·" },
    { NAME, "A.B", "A·B" }, { NAME, "张三", "张三." }, { NAME, "张三", "张三。" },

    /* Homoglyphs of another script. */
    { NAME, "Anna", "\u0410nna" }, { NAME, "Anna", "Ann\u0430" },
    { NAME, "Bob", "\u0392ob" }, { NAME, "Olga", "\u039Flga" },
    { NAME, "Olga", "\u041Elga" }, { NAME, "Maria", "\u041Caria" },
    { NAME, "Ivan", "\u0406van" }, { NAME, "Ida", "\u0131da" },
    { NAME, "Paul", "\u0420aul" }, { NAME, "Jose", "Jos\u00E9" },
    { NAME, "Mary Ann", "Maryann" }, { NAME, "O'Neil", "ONeil" },
    { NAME, "Strase", "Stra\u00DFe" }, { NAME, "Ali", "A1i" },
    { NAME, "\u064A", "\u0649" }, { NAME, "\u0643", "\u06A9" },
    { NAME, "\u0647", "\u06BE" }, { NAME, "Lodz", "\u0141odz" },

    /* Numbers. */
    { NUMBER, "20220126", "20220127" }, { NUMBER, "20220126", "2022-0126" },
    { NUMBER, "20220126", "020220126" }, { NUMBER, "A1", "\u04101" },
    { NUMBER, "O1", "01" }, { NUMBER, "I1", "11" }, { NUMBER, "I1", "\u01311" },
    { NUMBER, "A1", "\u03911" }, { NUMBER, "(1)", "1" },
    { NUMBER, "123", "\u0661\u0662\u0663" }, { NUMBER, "1-2", "1_2" },
    { NUMBER, "京1", "亰1" }, { NUMBER, "1.2", "1·2" },
    { DOC, "11010519491231002X", "110105194912310021" },
    { DOC, "E1234567", "E-1234567" }, { DOC, "E1234567", "EI234567" },
    { DOC, "E1234567", "E12345678" }, { DOC, "E1234567", "F1234567" },
    { DOC, "H0123456(7)", "H01234567" }, { DOC, "0123", "O123" },
};


static const bad_t  bad[] = {
    { NAME, "", "is empty" }, { NAME, "  \u3000\t", "is empty" },
    { NAME, "\u200B\uFEFF\uFE0F", "is empty" }, { NUMBER, "", "is empty" },
    { DOC, " ", "is empty" },
    { NAME, "\xD5\xC5\xC8\xFD", "is not UTF-8" },
    { NAME, "张\xE4\xB8", "is not UTF-8" },
    { NAME, "\xED\xA0\x80", "is not UTF-8" },
    { NAME, "\xC0\x80", "is not UTF-8" },
    { NUMBER, "2022\xFF", "is not UTF-8" }, { DOC, "\x80", "is not UTF-8" },
    { NAME, "张\x01三", "holds a control character" },
    { NAME, "张\x1B三", "holds a control character" },
    { NAME, "张\x7F三", "holds a control character" },
    { NAME, "张\xC2\x9F三", "holds a control character" },
    { NUMBER, "2022\x08", "holds a control character" },
    { NAME, "张\uE000", "holds a private use character" },
    { NAME, "张\U000F0000", "holds a private use character" },
    { NUMBER, "2022\uF8FF", "holds a private use character" },
    { NAME, "张\uFFFD", "holds a code that is not a character" },
    { NAME, "张\uFFFE", "holds a code that is not a character" },
    { NAME, "张\uFDD0", "holds a code that is not a character" },
    { NAME, "\U00050000", "holds a code that is not a character" },
    { DOC, "张三", "holds a character other than letters, digits and signs" },
    { DOC, "\u04101234567",
      "holds a character other than letters, digits and signs" },
    { DOC, "E123\u0131",
      "holds a character other than letters, digits and signs" },
};


static const fold_pt  folds[] = { NAME, NUMBER, DOC };


static int
is_form(const cert_text_t *out, const char *form)
{
    return out->len == strlen(form) && out->data[out->len] == '\0'
           && memcmp(out->data, form, out->len) == 0;
}


static void
test_people(void)
{
    int              spellings;
    size_t           i, j;
    cert_err_t       err;
    cert_text_t      out;
    const person_t  *p;

    spellings = 0;

    for (i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        p = &people[i];

        for (j = 0; j < 16 && p->typed[j] != NULL; j++) {
            err = p->fold(&out, cert_strz(p->typed[j]), NULL);
            ok(err == CERT_OK && is_form(&out, p->form),
               "%s, spelling %zu", p->form, j + 1);

            if (err == CERT_OK && !is_form(&out, p->form)) {
                diag("got \"%s\"", out.data);
            }
        }

        spellings += (int) j;
    }

    ok(i >= 12 && spellings >= 142, "%d spellings of %zu people", spellings, i);
}


static void
test_apart(void)
{
    size_t       i;
    cert_text_t  a, b;

    for (i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
        a.len = b.len = 0;

        /* What cannot be folded is found nowhere. */
        if (apart[i].fold(&b, cert_strz(apart[i].b), NULL) != CERT_OK) {
            b.len = 0;
        }

        ok(apart[i].fold(&a, cert_strz(apart[i].a), NULL) == CERT_OK
           && (a.len != b.len || memcmp(a.data, b.data, a.len) != 0),
           "%s is not %s", apart[i].a, apart[i].b);
    }

    ok(i >= 63, "%zu near misses", i);
}


static void
test_bad(void)
{
    size_t       i;
    const char  *why;
    cert_text_t  out;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = "is not refused";

        ok(bad[i].fold(&out, cert_strz(bad[i].in), &why) == CERT_INVALID,
           "bad text %zu is refused", i + 1);
        is_str(why, bad[i].why, "... since it");
    }

    ok(cert_fold_name(&out, (cert_str_t) { NULL, 0 }, NULL) == CERT_INVALID,
       "an empty text without an address");
    ok(cert_fold_name(&out, (cert_str_t) { (const uint8_t *) "a\0b", 3 }, &why)
       == CERT_INVALID, "a zero within");
    is_str(why, "holds a control character", "... is a control character");
}


static cert_err_t
fold_many(fold_pt fold, cert_text_t *out, const char *unit, size_t n)
{
    char        text[4096];
    size_t      i, len;
    cert_str_t  in;

    len = strlen(unit);

    for (i = 0; i < n; i++) {
        memcpy(text + i * len, unit, len);
    }

    in.data = (const uint8_t *) text;
    in.len = n * len;

    return fold(out, in, NULL);
}


static void
test_lengths(void)
{
    size_t       i;
    cert_text_t  out;

    static const struct {
        fold_pt      fold;
        const char  *unit;
        size_t       most;      /* of them fit */
        size_t       len;       /* of the form of so many */
    } rows[] = {
        { NAME, "a", 192, 192 }, { NAME, "三", 64, 192 },
        { NAME, "A", 192, 192 }, { NAME, "Ａ", 192, 192 },
        { NAME, "\uFDFA", 5, 165 }, { NAME, "三\u200B", 64, 192 },
        { NAME, "ß", 96, 192 }, { NAME, "e\u0301", 96, 192 },
        { NUMBER, "1", 64, 64 }, { NUMBER, "１", 64, 64 },
        { NUMBER, "a", 64, 64 }, { NUMBER, "1\u200B\u3000", 64, 64 },
        { NUMBER, "㍿", 5, 60 },
        { DOC, "1", 40, 40 }, { DOC, "１", 40, 40 }, { DOC, "x ", 40, 40 },
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ok(fold_many(rows[i].fold, &out, rows[i].unit, rows[i].most) == CERT_OK
           && out.len == rows[i].len, "%zu times %s", rows[i].most,
           rows[i].unit);
        ok(fold_many(rows[i].fold, &out, rows[i].unit, rows[i].most + 1)
           == CERT_INVALID, "... and not once more");
    }

    ok(fold_many(NAME, &out, "\u200B", 257) == CERT_INVALID,
       "too much that is dropped");
    ok(fold_many(NAME, &out, "\uFDFA", 256) == CERT_INVALID,
       "what grows most");
    ok(fold_many(NAME, &out, "\U0001D160", 192) == CERT_INVALID,
       "and what decomposes most");
}


/*
 * 0 if the match form of "in", which is short, is its own match form, and that
 * of each text canonically equal to it.
 */
static int
wrong(fold_pt fold, const uint8_t *in)
{
    int          bad_one;
    uint8_t     *nfc, *nfd;
    const char  *why;
    cert_text_t  out, again;

    if (fold(&out, cert_strz((const char *) in), &why) != CERT_OK) {
        return strcmp(why, "is too long") == 0;
    }

    bad_one = fold(&again, cert_strz(out.data), NULL) != CERT_OK
              || !is_form(&again, out.data);

    nfc = utf8proc_NFC(in);
    nfd = utf8proc_NFD(in);

    bad_one |= fold(&again, cert_strz((char *) nfc), NULL) != CERT_OK
               || !is_form(&again, out.data)
               || fold(&again, cert_strz((char *) nfd), NULL) != CERT_OK
               || !is_form(&again, out.data);

    free(nfc);
    free(nfd);

    nfc = utf8proc_NFC((const uint8_t *) out.data);
    bad_one |= !is_form(&out, (char *) nfc);
    free(nfc);

    if (bad_one) {
        diag("wrong: \"%s\"", (const char *) in);
    }

    return bad_one;
}


static void
test_all_points(void)
{
    int               bad_ones;
    size_t            i;
    int32_t           ch;
    uint8_t           in[32];
    utf8proc_ssize_t  len;

    bad_ones = 0;

    for (ch = 1; ch < 0x110000; ch++) {
        if (ch >= 0xD800 && ch <= 0xDFFF) {
            continue;
        }

        len = utf8proc_encode_char(ch, in);
        in[len] = '\0';

        for (i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
            bad_ones += wrong(folds[i], in);
        }

        /* Between others: a dot, spaces and a mark may change then. */

        memcpy(in, "三 a", 5);
        len = 5 + utf8proc_encode_char(ch, in + 5);
        memcpy(in + len, "\xCC\x88. 四", 8);
        bad_ones += wrong(NAME, in);
        bad_ones += wrong(NUMBER, in);
    }

    is_int(bad_ones, 0, "every code point, alone and between others");
}


/* Marks of all classes beside each other, and what folds to many. */
static void
test_random(void)
{
    int       bad_ones, i, j;
    uint8_t   in[128];
    size_t    len;
    uint64_t  state;
    int32_t   ch;

    static const int32_t  picked[] = {
        0x20, 0x2E, 0x41, 0x73, 0xA8, 0xAD, 0xB4, 0xB7, 0xDF, 0x130, 0x131,
        0x149, 0x17F, 0x1C4, 0x2D9, 0x300, 0x301, 0x307, 0x308, 0x313, 0x323,
        0x327, 0x338, 0x345, 0x34F, 0x37A, 0x387, 0x390, 0x391, 0x3B9, 0x3C9,
        0x5BC, 0x64B, 0x93C, 0x1100, 0x1161, 0x11A8, 0x1E9E, 0x1F80, 0x1FBC,
        0x1FC1, 0x1FF3, 0x1FFD, 0x200B, 0x2024, 0x212A, 0x212B, 0x2460,
        0x2E9F, 0x2EE9, 0x2F00, 0x3000, 0x3002, 0x302A, 0x3099, 0x30AB,
        0x30FB, 0x3164, 0x318D, 0x4E09, 0xAC00, 0xF900, 0xFB1D, 0xFEFB,
        0xFE0F, 0xFF0D, 0xFF0E, 0xFF65, 0xFF76, 0xFF9E, 0x1D15E, 0x2F800,
        0xE0100
    };

    bad_ones = 0;
    state = 20220829;

    for (i = 0; i < 60000; i++) {
        len = 0;

        for (j = 0; j < 8; j++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            ch = picked[(state >> 33) % (sizeof(picked) / sizeof(picked[0]))];
            len += (size_t) utf8proc_encode_char(ch, in + len);
        }

        in[len] = '\0';
        bad_ones += wrong(NAME, in);
        bad_ones += wrong(NUMBER, in);
    }

    is_int(bad_ones, 0, "and %d texts of eight of them", i);
}


int
main(void)
{
    test_people();
    test_apart();
    test_bad();
    test_lengths();
    test_all_points();
    test_random();

    return done_testing();
}
