/*
 * Copyright (C) the ngx_cert authors
 *
 * Names.  U+FFFD, private use and what is invisible no text may hold; here is
 * what is wrong in a name alone.  ○ is not among the shapes: people write it
 * for 〇.
 *
 * UTF-8 that was read as GBK looks like a name: 张三 becomes 寮犱笁, three
 * characters, each of which somebody may have.  Three things together tell it.
 * Its bytes in GBK are UTF-8 again, as by chance those of one in 20,000 triples
 * of characters.  What comes out are characters of GB 2312 alone, which a
 * quarter of those are that could come.  And one that went in is not of
 * GB 2312: that is rare in a name, and holds for nearly all that were mistaken,
 * since half of the bytes of UTF-8 lie where GB 2312 has nothing.
 *
 * A few genuine names are left, such as 琚锋洺, of which comes 袷曳.  So what
 * comes out of a name has to begin as names do.  Whatever lacks one of this
 * passes: to refuse a genuine name is worse.
 */


#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "certctl_name.h"


/* Four bytes of GB18030 come from two at least. */
#define CERTCTL_NAME_CODED  (2 * CERT_TEXT_MAX)

struct certctl_coder_s {
    iconv_t  conversion;
};

/* A text in GB18030. */
typedef struct {
    int      is_common;         /* of GB 2312 alone, and ASCII */
    size_t   len;
    uint8_t  data[CERTCTL_NAME_CODED];
} certctl_coded_t;


typedef struct {
    uint32_t     first;
    uint32_t     last;
    const char  *why;
} certctl_name_range_t;


static int certctl_name_is_western(cert_str_t text);
static unsigned certctl_name_byte(uint32_t ch);
static int certctl_name_is_gbk(certctl_coder_t *coder, cert_str_t text,
    int is_person);
static int certctl_name_is_family(cert_str_t name);
static int certctl_name_cut(cert_str_t *text);
static int certctl_name_encode(certctl_coder_t *coder, cert_str_t text,
    certctl_coded_t *coded);
static int certctl_name_look(certctl_coded_t *coded);
static int certctl_name_chinese(cert_str_t *bytes);
static uint32_t certctl_name_next(const uint8_t **p, const uint8_t *end);


static const char  certctl_name_lost[] = "holds a \"?\" or a box, which stands "
                       "for a character that a program lost";
static const char  certctl_name_mask[] = "holds a \"*\", so it is masked";
static const char  certctl_name_sign[] = "holds a picture or a sign";

/*
 * What names begin with: the families that most people belong to, and syllables
 * of Tibetan and Uyghur names.
 */
static const char  certctl_name_families[] =
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
    "陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
    "史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜"
    "顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪"
    "舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆"
    "高夏蔡田樊胡凌霍虞万支柯管卢莫经房缪干解应宗丁宣邓郁单杭洪包"
    "诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封芮储靳段富巫乌焦巴谷车侯"
    "班秋仲宫宁仇栾甘厉戎祖武符刘景詹束龙叶幸司韶黎蓟薄印宿白怀蒲"
    "邰鄂索赖卓蔺屠蒙池乔阴能苍双闻翟谭贡劳申扶堵冉宰桑桂牛寿通边"
    "燕冀尚农温庄晏柴瞿阎充慕连习艾鱼容向古易慎戈廖庾终暨居衡步都"
    "耿满匡国文寇广东欧利师巩聂晁勾敖冷辛阚那简饶空曾沙关查后荆红"
    "游竺权盖益桓公肖付代闫涂岳苟佟楼楚覃邸苑海党辜仝母扎次尼格买"
    "阿吐热";

/* In order. */
static const certctl_name_range_t  certctl_name_ranges[] = {
    { '*', '*', certctl_name_mask },
    { '?', '?', certctl_name_lost },
    { 0x2190, 0x23FF, certctl_name_sign },      /* arrows, mathematics */
    { 0x25A0, 0x25A3, certctl_name_lost },      /* ■ □ */
    { 0x2600, 0x27BF, certctl_name_sign },      /* and dingbats */
    { 0x2B00, 0x2BFF, certctl_name_sign },
    { 0x3013, 0x3013, certctl_name_lost },      /* 〓 */
    { 0xFF0A, 0xFF0A, certctl_name_mask },
    { 0xFF1F, 0xFF1F, certctl_name_lost },
    { 0x1F000, 0x1FAFF, certctl_name_sign }     /* emoji */
};


const char *
certctl_name_spoiled(cert_str_t name)
{
    size_t          i;
    uint32_t        ch;
    const uint8_t  *p, *end;

    p = name.data;
    end = p + name.len;

    while (p < end) {
        ch = certctl_name_next(&p, end);

        if (p - name.data == 1
            && (ch == '=' || ch == '+' || ch == '@' || ch == '-'))
        {
            return "begins like a formula";
        }

        for (i = 0; i < sizeof(certctl_name_ranges)
                        / sizeof(certctl_name_ranges[0])
                    && ch >= certctl_name_ranges[i].first; i++)
        {
            if (ch <= certctl_name_ranges[i].last) {
                return certctl_name_ranges[i].why;
            }
        }
    }

    return NULL;
}


certctl_coder_t *
certctl_coder_create(void)
{
    certctl_coder_t  *coder;

    coder = malloc(sizeof(certctl_coder_t));
    if (coder == NULL) {
        return NULL;
    }

    coder->conversion = iconv_open("GB18030", "UTF-8");

    if (coder->conversion == (iconv_t) -1) {
        free(coder);
        return NULL;
    }

    return coder;
}


void
certctl_coder_destroy(certctl_coder_t *coder)
{
    if (coder != NULL) {
        (void) iconv_close(coder->conversion);
        free(coder);
    }
}


int
certctl_name_is_mistaken(certctl_coder_t *coder, cert_str_t text)
{
    return certctl_name_is_western(text)
           || certctl_name_is_gbk(coder, text, 1);
}


int
certctl_name_is_mistaken_heading(certctl_coder_t *coder, cert_str_t text)
{
    return certctl_name_is_western(text)
           || certctl_name_is_gbk(coder, text, 0);
}


/*
 * No text has these letters by chance: each letter of Chinese became three,
 * the first of them from à to ï, the others mostly signs.
 */
static int
certctl_name_is_western(cert_str_t text)
{
    int             n, found;
    unsigned        byte;
    const uint8_t  *p, *end;

    p = text.data;
    end = text.len > 0 ? p + text.len : p;
    found = 0;
    n = 0;

    while (p < end) {
        byte = certctl_name_byte(certctl_name_next(&p, end));

        if (byte == 0 || (n > 0 && (byte < 0x80 || byte > 0xBF))) {
            return 0;
        }

        if (n > 0) {
            found += --n == 0;

        } else if (byte >= 0x80) {
            n = byte >= 0xF0 && byte <= 0xF4 ? 3
                : byte >= 0xE0 && byte <= 0xEF ? 2
                : byte >= 0xC2 && byte <= 0xDF ? 1 : 0;

            if (n == 0) {
                return 0;
            }
        }
    }

    return found > 0 && n == 0;
}


/* What stands for it in windows-1252, or in ISO 8859-1; 0: nothing. */
static unsigned
certctl_name_byte(uint32_t ch)
{
    size_t  i;

    static const uint16_t  others[] = {             /* 0x80 to 0x9F */
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178
    };

    if (ch <= 0xFF) {
        return ch;
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i] == ch) {
            return (unsigned) (0x80 + i);
        }
    }

    return 0;
}


/* A text of odd length lost its last byte, often to a "?". */
static int
certctl_name_is_gbk(certctl_coder_t *coder, cert_str_t text, int is_person)
{
    int               is_cut, found;
    cert_str_t        bytes;
    certctl_coded_t   coded;

    is_cut = certctl_name_cut(&text);

    if (coder == NULL || !certctl_name_encode(coder, text, &coded)
        || (coded.is_common && !is_cut))
    {
        found = 0;

    } else {
        bytes = (cert_str_t) { coded.data, coded.len };

        found = certctl_name_chinese(&bytes) >= 2
                && (!is_person || certctl_name_is_family(bytes))
                && certctl_name_encode(coder, bytes, &coded)
                && coded.is_common;
    }

    explicit_bzero(&coded, sizeof(coded));

    return found;
}


/* By the first of its characters, which are of three bytes each. */
static int
certctl_name_is_family(cert_str_t name)
{
    const char  *p;

    for (p = certctl_name_families; *p != '\0'; p += 3) {
        if (memcmp(p, name.data, 3) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
certctl_name_cut(cert_str_t *text)
{
    size_t  i;

    static const char *const  signs[] = { "?", "\xEF\xBF\xBD" };

    for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (text->len >= strlen(signs[i])
            && memcmp(text->data + text->len - strlen(signs[i]), signs[i],
                      strlen(signs[i])) == 0)
        {
            text->len -= strlen(signs[i]);
            return 1;
        }
    }

    return 0;
}


/* False: it is too long, or has what GBK has not. */
static int
certctl_name_encode(certctl_coder_t *coder, cert_str_t text,
    certctl_coded_t *coded)
{
    int      failed;
    char    *in, *out;
    size_t   in_n, out_n;
    uint8_t  copy[CERT_TEXT_MAX];

    if (text.len > sizeof(copy)) {
        return 0;
    }

    /* "text" may be in "coded". */
    memcpy(copy, text.data, text.len);

    in = (char *) copy;
    in_n = text.len;
    out = (char *) coded->data;
    out_n = sizeof(coded->data);

    (void) iconv(coder->conversion, NULL, NULL, NULL, NULL);

    failed = iconv(coder->conversion, &in, &in_n, &out, &out_n) != 0;
    explicit_bzero(copy, text.len);

    if (failed) {
        return 0;
    }

    coded->len = sizeof(coded->data) - out_n;

    return certctl_name_look(coded);
}


/* Windows has the one byte 0x80 for the sign of the euro. */
static int
certctl_name_look(certctl_coded_t *coded)
{
    size_t   at, len;
    uint8_t  first, second;

    coded->is_common = 1;
    len = 0;

    for (at = 0; at < coded->len; /* void */ ) {
        first = coded->data[at++];

        if (first < 0x80) {
            coded->data[len++] = first;
            continue;
        }

        second = coded->data[at++];

        if (second < 0x40) {
            return 0;
        }

        if (first == 0xA2 && second == 0xE3) {
            coded->is_common = 0;
            coded->data[len++] = 0x80;
            continue;
        }

        if (second < 0xA1 || first > 0xF7
            || (first < 0xB0 && !(first == 0xA1 && second == 0xA4)))
        {
            coded->is_common = 0;
        }

        coded->data[len++] = first;
        coded->data[len++] = second;
    }

    coded->len = len;

    return 1;
}


/*
 * How many ideographs the bytes are as UTF-8, dots and ASCII beside them; 0:
 * they are anything else.  What is cut off at the end is taken away.
 */
static int
certctl_name_chinese(cert_str_t *bytes)
{
    int             n, found;
    const uint8_t  *p, *end, *from;

    p = bytes->data;
    end = p + bytes->len;
    found = 0;

    while (p < end) {
        from = p;
        n = *p < 0x80 ? 0 : *p >= 0xE4 && *p <= 0xE9 ? 2 : *p == 0xC2 ? 1 : -1;

        if (n == -1) {
            return 0;
        }

        for (p++; n > 0 && p < end; n--) {
            if ((*p++ & 0xC0) != 0x80) {
                return 0;
            }
        }

        if (n > 0) {
            bytes->len = (size_t) (from - bytes->data);
            break;
        }

        found += p - from == 3;
    }

    return found;
}


/* Of UTF-8; from other bytes come other code points. */
static uint32_t
certctl_name_next(const uint8_t **p, const uint8_t *end)
{
    int       n;
    uint32_t  ch;

    ch = *(*p)++;

    if (ch < 0x80) {
        return ch;
    }

    n = ch >= 0xF0 ? 3 : ch >= 0xE0 ? 2 : 1;

    for (ch &= 0x3Fu >> n; n > 0 && *p < end; n--) {
        ch = ch << 6 | (*(*p)++ & 0x3F);
    }

    return ch;
}
