/*
 * Copyright (C) the ngx_cert authors
 *
 * Days and times as people write them, in the languages of the pages.
 */


#ifndef CERT_WORDS_H_INCLUDED
#define CERT_WORDS_H_INCLUDED


#include "cert_time.h"


typedef enum {
    CERT_LANGUAGE_ZH = 0,
    CERT_LANGUAGE_EN
} cert_language_t;

/* Enough for the longest of both and its terminating zero. */
#define CERT_WORDS_SIZE  64


/*
 * Write "date" as "2024年6月1日" or "1 June 2024", and "time", in the zone that
 * is "offset_sec" east of UTC, as "2024年6月1日 09:00:00（北京时间）" or
 * "1 June 2024, 09:00:00 (Beijing time)"; another zone than +08:00 is named by
 * its offset, "UTC+05:30".  The text is UTF-8 and terminated; they return its
 * length.  Bounds as in cert_date_format().
 */
size_t cert_words_date(cert_date_t date, cert_language_t language,
    char text[CERT_WORDS_SIZE]);
size_t cert_words_time(cert_time_t time, int32_t offset_sec,
    cert_language_t language, char text[CERT_WORDS_SIZE]);


#endif /* CERT_WORDS_H_INCLUDED */
