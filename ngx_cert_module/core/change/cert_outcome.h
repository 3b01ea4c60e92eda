/*
 * Copyright (C) the ngx_cert authors
 *
 * What became of a change: a refusal, or what the change has made; and the
 * parts of a long work, whose outcome tells where the next one begins.
 */


#ifndef CERT_OUTCOME_H_INCLUDED
#define CERT_OUTCOME_H_INCLUDED


#include "cert_code.h"
#include "cert_list.h"
#include "cert_refusal.h"
#include "cert_text.h"


/* Records that a part of a long work looks at, at most. */
#define CERT_PART_MAX  1000

/*
 * A long work is done in parts, each a change and, between others, a
 * transaction of its own: the next one goes on after outcome.next.
 */
typedef struct {
    cert_position_t  after;     /* len 0: from the start */
    size_t           limit;     /* records; 0: CERT_PART_MAX, as is more */
} cert_part_t;

/*
 * Filled in by cert_change_execute() whatever it returns; owns all it holds.  A
 * field that is not of the change's type is zero.
 */
typedef struct {
    cert_refusal_t  refusal;
    int             is_unchanged;   /* it was so already; not journaled */
    int             is_new;         /* CERTIFICATE, REGISTER, CONSENT: there
                                       was none before */
    cert_code_t     code;           /* APPLY, ORIGINAL: of the annotation */
    cert_time_t     applied;        /* APPLY, ORIGINAL: as it is stored */
    cert_time_t     expires;        /* APPLY: first instant it does not hold */
    cert_time_t     next_slot;      /* CERT_REFUSAL_QUOTA */
    cert_position_t next;           /* RESEAL and FORGET, also if unchanged:
                                       of the next part; len 0: none */
    uint32_t        forgotten;      /* FORGET: keys */
    uint32_t        upgraded;       /* UPGRADE: certificates */
    uint32_t        spaced;         /* ... of these: with a document number that
                                       is not its match form, see there */
    int             is_partial;     /* UPGRADE: there is more to do */
    cert_text_t     number;         /* of a certificate; CERTIFICATE: under
                                       which it stands; UPGRADE that failed: of
                                       what does not verify */
    uint64_t        sequence;       /* of the journal entry */
} cert_outcome_t;


#endif /* CERT_OUTCOME_H_INCLUDED */
