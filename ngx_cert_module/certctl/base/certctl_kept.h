/*
 * Copyright (C) the ngx_cert authors
 *
 * Copies of changes, in the order in which they were added, with all that they
 * point to.  They hold persons, so they are wiped when they go.
 */


#ifndef CERTCTL_KEPT_H_INCLUDED
#define CERTCTL_KEPT_H_INCLUDED


#include "cert_change.h"


typedef struct certctl_kept_s  certctl_kept_t;

/* Where a walk over the copies is; zeros: before the first. */
typedef struct {
    const void          *chunk;
    size_t               at;
    cert_change_t        change;
    cert_certificate_t   certificate;   /* that "change" points to */
} certctl_kept_walk_t;


/* Without any; NULL: no memory.  destroy takes NULL. */
certctl_kept_t *certctl_kept_create(void);
void certctl_kept_destroy(certctl_kept_t *kept);

/* Makes room for a copy of "change".  0; -1: no memory. */
int certctl_kept_reserve(certctl_kept_t *kept, const cert_change_t *change);

/*
 * Adds a copy of the change that room was made for last.  It is one that
 * certctl makes: of sessions, and of an "owner", what they point to is not
 * copied.
 */
void certctl_kept_add(certctl_kept_t *kept, const cert_change_t *change);

/* Bytes that all copies have. */
size_t certctl_kept_size(const certctl_kept_t *kept);

/*
 * The next copy, which is good until the walk goes on and while none is added;
 * NULL at the end.  The caller wipes "walk" then: it may hold a person.
 */
const cert_change_t *certctl_kept_next(const certctl_kept_t *kept,
    certctl_kept_walk_t *walk);


#endif /* CERTCTL_KEPT_H_INCLUDED */
