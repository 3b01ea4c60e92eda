/*
 * Copyright (C) the ngx_cert authors
 *
 * What all lists of a store have in common.  Private to core/.
 */


#ifndef CERT_LIST_INT_H_INCLUDED
#define CERT_LIST_INT_H_INCLUDED


#include "cert_holder.h"
#include "cert_holder_list.h"
#include "cert_read_int.h"


/* What the visitors of a list carry from key to key. */
typedef struct {
    cert_reader_t               *reader;
    cert_position_t             *after;
    size_t                       left;      /* calls left in this page */
    size_t                       skip;      /* bytes of key before the time */
    cert_time_t                  until;
    const cert_holder_t         *holder;
    cert_each_certificate_pt     certificate;
    cert_each_qualification_pt   qualification;
    cert_each_code_pt            code;
    cert_each_number_pt          number;
    cert_each_account_pt         account;
    cert_each_session_pt         session;
    void                        *data;
} cert_list_t;


/* One page: a snapshot, a walk, and the snapshot ended whatever happened. */
cert_err_t cert_list_walk(cert_list_t *list, cert_db_t db, cert_str_t prefix,
    size_t limit, cert_visit_pt visit);

/* Ends a visit: where it got to, and whether the page is full. */
cert_err_t cert_list_step(cert_list_t *list, cert_str_t key, cert_err_t err);


#endif /* CERT_LIST_INT_H_INCLUDED */
