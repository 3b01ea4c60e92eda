/*
 * Copyright (C) the ngx_cert authors
 *
 * The public addresses that this authority has had.
 *
 * Every policy is in the journal, and nothing removes it from there.  So the
 * addresses of before need no list of their own, which somebody would have to
 * keep, and a copy stays genuine when the authority moves.
 */


#include "cert_journal.h"
#include "certctl_address.h"
#include "certctl_output.h"


/* Entries in one snapshot. */
#define CERTCTL_ADDRESS_BATCH  10000

typedef struct {
    const char  *url;
    int          is_found;
} certctl_address_t;


static cert_err_t certctl_address_each(void *data,
    const cert_journal_entry_t *entry);


int
certctl_address_is_ours(certctl_t *ctl, const char *url, int *is_ours)
{
    uint64_t            from;
    cert_err_t          err;
    certctl_address_t   address;

    *is_ours = strcmp(ctl->policy.public_url, url) == 0;

    if (*is_ours) {
        return 0;
    }

    from = 1;
    address.url = url;
    address.is_found = 0;

    do {
        err = cert_journal_list(ctl->reader, &from, CERTCTL_ADDRESS_BATCH,
                                certctl_address_each, &address);
    } while (err == CERT_OK && !address.is_found);

    *is_ours = address.is_found;

    return (err == CERT_OK || err == CERT_NOT_FOUND)
           ? 0 : certctl_error(ctl, err, "entry %llu of the journal: %s",
                               (unsigned long long) from, cert_err_name(err));
}


static cert_err_t
certctl_address_each(void *data, const cert_journal_entry_t *entry)
{
    certctl_address_t  *address = data;

    cert_err_t      err;
    cert_policy_t   policy;

    if (address->is_found) {
        return CERT_OK;
    }

    err = CERT_OK;

    if (entry->type == CERT_CHANGE_POLICY) {
        err = cert_journal_policy(entry, &policy);

    } else if (entry->sequence == 1) {
        /* The policy that every store begins with is not journaled. */
        cert_policy_init(&policy);

    } else {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        address->is_found = strcmp(policy.public_url, address->url) == 0;
    }

    return err;
}
