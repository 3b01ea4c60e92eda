/*
 * Copyright (C) the ngx_cert authors
 *
 * Reasons: why something was refused, in words for a person.
 */


#ifndef CERT_REASON_H_INCLUDED
#define CERT_REASON_H_INCLUDED


/*
 * Why something was refused, for a person: one English sentence without a full
 * stop, naming the place.  Never holds a secret or personal data, so it may be
 * logged.  Functions that take one leave it terminated where they refuse; on
 * CERT_OK its text is unspecified.  A function that takes a reason also takes
 * NULL.
 */
typedef struct {
    char  text[256];
} cert_reason_t;

/*
 * Sets it.  A file name may be any bytes: what is not text becomes \xNN
 * (cert_text_escape), and what does not fit is cut off between characters.
 */
void cert_reason_set(cert_reason_t *reason, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));


/*
 * Sets it for a file or folder that cannot be used: "what" was to be done
 * ("cannot open the keyring"), and "err", an errno, came of it.  Where
 * permission is missing it says whose the file is and whose it has to be.
 * Asks the system's database of accounts for names.
 */
void cert_reason_file(cert_reason_t *reason, const char *what,
    const char *file, int err);


#endif /* CERT_REASON_H_INCLUDED */
