/*
 * Copyright (C) the ngx_cert authors
 *
 * Times, days and offsets, as text and as numbers.
 */


#include "fuzz.h"


#define OFFSET  (8 * 3600)


static void
texts(cert_str_t in)
{
    char         text[CERT_TIME_TEXT_SIZE];
    int32_t      offset, offset2;
    cert_date_t  date, date2;
    cert_time_t  time, time2;

    if (cert_date_parse(&date, in) == CERT_OK) {
        must(cert_date_format(date, text) == in.len);
        must(fuzz_is_same(in, cert_strz(text)));
        must(cert_date_parse(&date2, cert_strz(text)) == CERT_OK);
        must(date == date2);
        must(cert_time_date(cert_date_time(date, OFFSET), OFFSET) == date);
    }

    if (cert_time_parse(&time, in, OFFSET) == CERT_OK
        && cert_time_date(time, OFFSET) > cert_date_make(1, 1, 1)
        && cert_time_date(time, OFFSET) < cert_date_make(9999, 12, 31))
    {
        (void) cert_time_format(time, OFFSET, text);
        must(cert_time_parse(&time2, cert_strz(text), OFFSET) == CERT_OK);
        must(time == time2);
    }

    if (cert_offset_parse(&offset, in) == CERT_OK) {
        must(offset >= -14 * 3600 && offset <= 14 * 3600);
        (void) cert_offset_format(offset, text);
        must(cert_offset_parse(&offset2, cert_strz(text)) == CERT_OK);
        must(offset == offset2);
    }
}


static void
numbers(cert_str_t in)
{
    int          year, month, mday;
    char         text[CERT_TIME_TEXT_SIZE];
    int64_t      time;
    int32_t      date, offset;
    cert_date_t  again;

    fuzz_fill(&in, &time, sizeof(time));
    fuzz_fill(&in, &date, sizeof(date));
    fuzz_fill(&in, &offset, sizeof(offset));

    offset %= 14 * 3600 + 1;
    must(cert_time_format(time, offset - offset % 60, text) < sizeof(text));
    must(cert_date_format(date, text) < sizeof(text));

    cert_date_split(date, &year, &month, &mday);
    must(month >= 1 && month <= 12 && mday >= 1 && mday <= 31);
    again = cert_date_make(year, month, mday);
    must(again == date || (again == CERT_DATE_NONE
                           && (year < 1 || year > 9999)));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_str_t  in = { data, size };

    if (size != 0 && data[0] == 'b') {
        (void) fuzz_byte(&in);
        numbers(in);

    } else {
        texts(in);
    }

    return 0;
}
