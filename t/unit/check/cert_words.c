/*
 * Copyright (C) the ngx_cert authors
 *
 * Days and times as people write them.
 */


#include "cert_words.h"
#include "tap.h"


typedef struct {
    const char  *time;          /* as cert_time_parse() reads it */
    const char  *offset;
    const char  *zh;
    const char  *en;
} time_row_t;


static const char *const  days[][3] = {
    { "2024-06-01", "2024年6月1日", "1 June 2024" },
    { "2022-12-31", "2022年12月31日", "31 December 2022" },
    { "2024-02-29", "2024年2月29日", "29 February 2024" },
    { "1999-10-10", "1999年10月10日", "10 October 1999" },
    { "2030-01-20", "2030年1月20日", "20 January 2030" },
    { "0999-09-30", "0999年9月30日", "30 September 0999" },
    { "2021-03-03", "2021年3月3日", "3 March 2021" },
    { "2021-04-30", "2021年4月30日", "30 April 2021" },
    { "2021-05-15", "2021年5月15日", "15 May 2021" },
    { "2021-07-07", "2021年7月7日", "7 July 2021" },
    { "2021-08-29", "2021年8月29日", "29 August 2021" },
    { "2021-11-11", "2021年11月11日", "11 November 2021" }
};

static const time_row_t  times[] = {
    { "2022-09-01T09:00:00+08:00", "+08:00",
      "2022年9月1日 09:00:00（北京时间）",
      "1 September 2022, 09:00:00 (Beijing time)" },
    { "2022-08-31T23:30:05Z", "+08:00",
      "2022年9月1日 07:30:05（北京时间）",
      "1 September 2022, 07:30:05 (Beijing time)" },
    { "2022-09-30T23:59:59-03:30", "-03:30",
      "2022年9月30日 23:59:59（UTC-03:30）",
      "30 September 2022, 23:59:59 (UTC-03:30)" },
    { "2022-01-01T00:00:00Z", "+00:00",
      "2022年1月1日 00:00:00（UTC+00:00）",
      "1 January 2022, 00:00:00 (UTC+00:00)" }
};


static void
is_words(size_t len, const char *text, const char *expected)
{
    is_str(text, expected, "%s", expected);
    is_int(len, strlen(expected), "... and its length");
}


int
main(void)
{
    char         text[CERT_WORDS_SIZE];
    int32_t      offset;
    cert_date_t  date;
    cert_time_t  time;

    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        is_int(cert_date_parse(&date, cert_strz(days[i][0])), CERT_OK, "%s",
               days[i][0]);
        is_words(cert_words_date(date, CERT_LANGUAGE_ZH, text), text,
                 days[i][1]);
        is_words(cert_words_date(date, CERT_LANGUAGE_EN, text), text,
                 days[i][2]);
    }

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        ok(cert_offset_parse(&offset, cert_strz(times[i].offset)) == CERT_OK
           && cert_time_parse(&time, cert_strz(times[i].time), offset)
              == CERT_OK, "%s", times[i].time);
        is_words(cert_words_time(time, offset, CERT_LANGUAGE_ZH, text), text,
                 times[i].zh);
        is_words(cert_words_time(time, offset, CERT_LANGUAGE_EN, text), text,
                 times[i].en);
    }

    /* Out of bounds, the nearest is written, as in numbers. */
    is_words(cert_words_date(CERT_DATE_NONE, CERT_LANGUAGE_ZH, text), text,
             "0001年1月1日");

    return done_testing();
}
