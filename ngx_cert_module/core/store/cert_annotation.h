/*
 * Copyright (C) the ngx_cert authors
 *
 * Rules of annotation: validity and quota, in calendar days of the policy's
 * time zone (renshetingfa 2021 no. 97 and the service's published notice).
 *
 * All but the quota are pure functions of their arguments.  "now" is what
 * cert_read_now() gives, so that a clock that jumps back frees no slot.
 */


#ifndef CERT_ANNOTATION_H_INCLUDED
#define CERT_ANNOTATION_H_INCLUDED


#include "cert_reader.h"


/*
 * The first instant at which a copy applied for at "applied" no longer holds:
 * the end of the day "applied" + "days".  90 days from 2022-08-29 end with
 * 2022-11-27, so this is 2022-11-28T00:00:00.
 */
cert_time_t cert_annotation_expires(cert_time_t applied, uint32_t days,
    int32_t utc_offset_sec);

/* The last day on which a copy with this "expires" holds, for print. */
cert_date_t cert_annotation_last_day(cert_time_t expires,
    int32_t utc_offset_sec);

typedef struct {
    uint32_t     used;          /* may exceed a quota that was lowered */
    uint32_t     left;          /* 0 if used up */
    cert_time_t  next_slot;     /* when one more is left; 0: one is left now */
} cert_quota_t;

/*
 * The quota of a certificate at "now", under the policy of the same snapshot;
 * an answer for people: what counts is asked again inside the transaction
 * that applies.  Reads all annotations of the certificate.
 *
 * Reading "applied", every one not failed takes a slot whose day lies in the
 * last quota_days days, today included.  Reading "live", every one not failed,
 * withdrawn or expired.  Originals never count; of these a certificate can have
 * as many in the same days, failed and withdrawn ones too (cert_change.h,
 * ORIGINAL).
 *
 * Errors as the getters of the store.  CERT_NOT_FOUND: no certificate can
 * have such a number; one that merely is not there has used nothing.
 */
cert_err_t cert_annotation_quota(cert_reader_t *reader, cert_str_t number,
    cert_time_t now, cert_quota_t *quota);


#endif /* CERT_ANNOTATION_H_INCLUDED */
