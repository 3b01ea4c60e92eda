/*
 * Copyright (C) the ngx_cert authors
 *
 * The parts of the numeric forms, without the zeros in front, with words
 * between them.
 */


#include <string.h>

#include "cert_words.h"


#define CERT_WORDS_BEIJING  (8 * 3600)


static size_t cert_words_day(const char *day, cert_language_t language,
    char *text);
static char *cert_words_put(char *p, const char *text);
static char *cert_words_number(char *p, const char *two);


static const char *const  cert_words_months[] = {
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"
};


size_t
cert_words_date(cert_date_t date, cert_language_t language,
    char text[CERT_WORDS_SIZE])
{
    char  day[CERT_DATE_TEXT_SIZE];

    cert_date_format(date, day);

    return cert_words_day(day, language, text);
}


size_t
cert_words_time(cert_time_t time, int32_t offset_sec, cert_language_t language,
    char text[CERT_WORDS_SIZE])
{
    int   is_zh, is_beijing;
    char  whole[CERT_TIME_TEXT_SIZE], clock[sizeof("10:20:30")], *p;

    is_zh = language == CERT_LANGUAGE_ZH;
    is_beijing = offset_sec == CERT_WORDS_BEIJING;

    cert_time_format(time, offset_sec, whole);

    memcpy(clock, whole + CERT_DATE_TEXT_SIZE, sizeof(clock) - 1);
    clock[sizeof(clock) - 1] = '\0';

    p = text + cert_words_day(whole, language, text);
    p = cert_words_put(p, is_zh ? " " : ", ");
    p = cert_words_put(p, clock);
    p = cert_words_put(p, is_zh ? "（" : " (");

    if (is_beijing) {
        p = cert_words_put(p, is_zh ? "北京时间" : "Beijing time");

    } else {
        p = cert_words_put(p, "UTC");
        p += cert_offset_format(offset_sec, p);
    }

    p = cert_words_put(p, is_zh ? "）" : ")");

    return (size_t) (p - text);
}


/* Of "2024-06-01" and whatever is behind it. */
static size_t
cert_words_day(const char *day, cert_language_t language, char *text)
{
    int    month;
    char  *p, year[sizeof("2024")];

    memcpy(year, day, sizeof(year) - 1);
    year[sizeof(year) - 1] = '\0';

    if (language == CERT_LANGUAGE_ZH) {
        p = cert_words_put(text, year);
        p = cert_words_put(p, "年");
        p = cert_words_number(p, day + 5);
        p = cert_words_put(p, "月");
        p = cert_words_number(p, day + 8);
        p = cert_words_put(p, "日");

        return (size_t) (p - text);
    }

    month = 10 * (day[5] - '0') + day[6] - '0';

    p = cert_words_number(text, day + 8);
    p = cert_words_put(p, " ");
    p = cert_words_put(p, cert_words_months[month - 1]);
    p = cert_words_put(p, " ");
    p = cert_words_put(p, year);

    return (size_t) (p - text);
}


/* With its zero, which the next part is written over. */
static char *
cert_words_put(char *p, const char *text)
{
    size_t  len;

    len = strlen(text);
    memcpy(p, text, len + 1);

    return p + len;
}


static char *
cert_words_number(char *p, const char *two)
{
    if (two[0] != '0') {
        *p++ = two[0];
    }

    *p++ = two[1];

    return p;
}
