/*
 * Copyright (C) the ngx_cert authors
 *
 * A change on its way, as its function gets it.  Private to core/.
 */


#ifndef CERT_EXEC_INT_H_INCLUDED
#define CERT_EXEC_INT_H_INCLUDED


#include "cert_change.h"
#include "cert_txn_int.h"


/* A holder in hex; the printed form of a code is shorter. */
#define CERT_HOLDER_TEXT_SIZE  (2 * CERT_HOLDER_SIZE + 1)

/* A change on its way: what its function reads, and what it journals. */
typedef struct {
    cert_txn_t           *txn;
    const cert_change_t  *change;
    cert_outcome_t       *outcome;
    cert_time_t           now;      /* max(change, highest time seen) */
    cert_str_t            subject;  /* number, code, name, holder */
    const char           *detail;
    cert_writer_t         body;     /* what executing it elsewhere needs, too */
    cert_writer_t         photo;    /* an encrypted photo, likewise */
    cert_text_t           number;   /* of the certificate, as printed */
    char                  text[CERT_HOLDER_TEXT_SIZE];
    char                  more[CERT_HOLDER_TEXT_SIZE];
    uint8_t               bytes[CERT_RECORD_MAX];
} cert_exec_t;


/* Sets the refusal and returns CERT_REFUSED. */
cert_err_t cert_refuse(cert_exec_t *exec, cert_refusal_t refusal);

/*
 * The printed number of the certificate that "spelling" stands for, which is
 * the key of its records, in exec->number; "spelling" itself if there is none.
 * Never CERT_NOT_FOUND: the look-up of the certificate says so.
 */
cert_err_t cert_exec_number(cert_exec_t *exec, cert_str_t spelling,
    cert_str_t *number);

/*
 * Refuses, as "refusal", if the certificate is not the owner's; "owner" NULL:
 * never refuses.  CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_exec_owner(cert_exec_t *exec, const cert_holder_t *owner,
    cert_str_t number, cert_refusal_t refusal);

/* How much a part may look at, which is journaled.  CERT_INVALID. */
cert_err_t cert_exec_part(cert_exec_t *exec, const cert_part_t *part,
    size_t *limit);

/* A holder in hex; and that as what the journal entry is about. */
const char *cert_exec_hex(char text[CERT_HOLDER_TEXT_SIZE],
    const cert_holder_t *holder);
void cert_exec_subject(cert_exec_t *exec, const cert_holder_t *holder);


#endif /* CERT_EXEC_INT_H_INCLUDED */
