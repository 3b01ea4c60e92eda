/*
 * Copyright (C) the ngx_cert authors
 *
 * Opening and writing PDF structures with libqpdf's C interface.
 *
 * Repair is off throughout.  A file that needs repair is not ours, and what the
 * repair makes of it is libqpdf's guess: two programs that guess differently
 * are how forged files come to show different things to different readers.
 * The same holds for warnings, which callers treat as errors.
 *
 * Streams are written as they are.  They were compressed when they were made,
 * and doing it again would cost more than all the rest of sealing.
 */


#include <errno.h>
#include <string.h>
#include <time.h>

#include "certpdf_bytes.h"
#include "certpdf_qpdf_int.h"


static int certpdf_qpdf_is_memory(qpdf_data qpdf, qpdf_error error);


qpdf_data
certpdf_qpdf_open(cert_str_t pdf)
{
    int        starved;
    qpdf_data  qpdf;

    qpdf = qpdf_init();
    if (qpdf == NULL) {
        errno = ENOMEM;
        return NULL;
    }

    qpdf_silence_errors(qpdf);
    qpdf_set_suppress_warnings(qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(qpdf, QPDF_FALSE);

    if (qpdf_read_memory(qpdf, "copy", (const char *) pdf.data, pdf.len, NULL)
        != QPDF_SUCCESS)
    {
        starved = certpdf_qpdf_is_starved(qpdf);
        certpdf_qpdf_close(qpdf);
        errno = starved ? ENOMEM : EINVAL;
        return NULL;
    }

    return qpdf;
}


int
certpdf_qpdf_is_starved(qpdf_data qpdf)
{
    int  starved;

    starved = 0;

    while (qpdf_has_error(qpdf)) {
        starved |= certpdf_qpdf_is_memory(qpdf, qpdf_get_error(qpdf));
    }

    while (qpdf_more_warnings(qpdf)) {
        starved |= certpdf_qpdf_is_memory(qpdf, qpdf_next_warning(qpdf));
    }

    return starved;
}


/*
 * An exception of C++ has no code in the interface for C: its name ends the
 * text.  In the middle of it the name may be the file's.
 */
static int
certpdf_qpdf_is_memory(qpdf_data qpdf, qpdf_error error)
{
    size_t       len;
    const char  *text;

    static const char  name[] = "std::bad_alloc";

    text = qpdf_get_error_message_detail(qpdf, error);
    len = strlen(text);

    return len >= sizeof(name) - 1
           && strcmp(text + len - (sizeof(name) - 1), name) == 0;
}


void
certpdf_qpdf_close(qpdf_data qpdf)
{
    if (qpdf == NULL) {
        return;
    }

    /* An error that was never fetched would be printed on stderr. */

    while (qpdf_has_error(qpdf)) {
        qpdf_get_error(qpdf);
    }

    qpdf_cleanup(&qpdf);
}


cert_err_t
certpdf_qpdf_write(qpdf_data qpdf, const char *version, certpdf_bytes_t *pdf,
    cert_reason_t *reason)
{
    if (qpdf_init_write_memory(qpdf) != QPDF_SUCCESS) {
        cert_reason_set(reason, "libqpdf: writing failed");
        return CERT_SYSTEM;
    }

    qpdf_set_object_stream_mode(qpdf, qpdf_o_disable);
    qpdf_set_stream_data_mode(qpdf, qpdf_s_preserve);
    qpdf_set_deterministic_ID(qpdf, QPDF_TRUE);

    if (version != NULL) {
        qpdf_force_pdf_version(qpdf, version);
    }

    if (qpdf_write(qpdf) != QPDF_SUCCESS) {
        cert_reason_set(reason, "libqpdf: writing failed");
        return CERT_SYSTEM;
    }

    if (!certpdf_bytes_append(pdf, qpdf_get_buffer(qpdf),
                              qpdf_get_buffer_length(qpdf)))
    {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    return CERT_OK;
}


int
certpdf_qpdf_is_listed(const char *const *list, const char *name)
{
    for ( /* void */ ; *list != NULL; list++) {
        if (strcmp(*list, name) == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
certpdf_qpdf_strange_key(qpdf_data qpdf, qpdf_oh dict,
    const char *const *keys)
{
    const char  *key;

    qpdf_oh_begin_dict_key_iter(qpdf, dict);

    while (qpdf_oh_dict_more_keys(qpdf)) {
        key = qpdf_oh_dict_next_key(qpdf);

        if (!certpdf_qpdf_is_listed(keys, key)) {
            return key;
        }
    }

    return NULL;
}


int
certpdf_qpdf_date(char date[CERTPDF_DATE_SIZE], cert_time_t now)
{
    time_t     t;
    struct tm  tm;

    t = (time_t) now;
    date[0] = '\0';

    /* "%Y" alone neither pads a short year nor cuts a long one. */

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 1000 - 1900
        || tm.tm_year > 9999 - 1900)
    {
        return 0;
    }

    return strftime(date, CERTPDF_DATE_SIZE, "D:%Y%m%d%H%M%SZ", &tm) != 0;
}
