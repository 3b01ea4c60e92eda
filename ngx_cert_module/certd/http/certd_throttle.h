/*
 * Copyright (C) the ngx_cert authors
 *
 * Back-off against guessing: after some failures in a row each further one has
 * to be waited for, 1 s, 2 s, 4 s and so on up to 15 min.
 *
 *     account     by username, known or not      from the 5th failure on
 *     document    by the document of a
 *                 registration                   from the 5th
 *     address     by client                      from the 20th
 *
 * No holder is locked out: a failure is forgotten after 15 min (of an
 * address, after 1 min), so a client that goes on guessing gets one guess in
 * that time.  A client that has to wait is told so before anything is looked
 * at, so a right password is refused as well: it would be an answer otherwise.
 *
 * The memory is bounded: a table of 65,536 entries, found by a keyed hash that
 * cannot be predicted from outside.  Where it is full, the entry with the
 * fewest failures is forgotten. Safe from any thread; times are of
 * certd_clock_ms().
 */


#ifndef CERTD_THROTTLE_H_INCLUDED
#define CERTD_THROTTLE_H_INCLUDED


#include "certd.h"


typedef enum {
    CERTD_THROTTLE_ACCOUNT = 0,
    CERTD_THROTTLE_DOCUMENT,
    CERTD_THROTTLE_ADDRESS,
    CERTD_THROTTLES
} certd_throttle_kind_t;


/* NULL: no memory.  destroy: when no thread uses it; NULL is allowed. */
certd_throttle_t *certd_throttle_create(void);
void certd_throttle_destroy(certd_throttle_t *throttle);

/* Seconds that "text" still has to wait; 0: none. */
unsigned certd_throttle_look(certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text, int64_t now_ms);

/*
 * The same, and if it is 0 a failure is counted before it is one: of many
 * guesses at once none comes through that would not one after the other.
 * After 0 the caller says what became of it: clear, undo, or nothing if it
 * failed.
 */
unsigned certd_throttle_try(certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text, int64_t now_ms);

/* It failed. */
void certd_throttle_fail(certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text, int64_t now_ms);

/*
 * It was not decided after all: the failure of the try at "try_ms" is taken
 * back, and so is the wait that begins with it, if nothing failed since.
 */
void certd_throttle_undo(certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text, int64_t try_ms);

/* The password was right: all failures are forgotten. */
void certd_throttle_clear(certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text);


#endif /* CERTD_THROTTLE_H_INCLUDED */
