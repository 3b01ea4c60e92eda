/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts as certctl does not show or make them, for t/10-account*.t and
 * t/50-upgrade-spaced.t.
 *
 *     account HOME list
 *     account HOME consent NUMBER
 *     account HOME spaced NUMBER ID_NUMBER [USERNAME HASH]
 *
 * "list" prints user name, generation, whether matched, and password hash of
 * each account with a login; "consent" makes an account without one, for the
 * holder of a certificate.  "spaced" gives a certificate a document number as
 * older versions stored it, and its holder an account.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cert_change.h"
#include "cert_holder_read.h"
#include "cert_keyring_file.h"
#include "cert_read.h"


static cert_keyring_t  *ring;
static cert_store_t    *store;
static cert_reader_t   *reader;


static void
check(cert_err_t err, const char *what)
{
    if (err != CERT_OK) {
        fprintf(stderr, "%s: %s\n", what, cert_err_name(err));
        exit(1);
    }
}


static void
open_home(const char *home)
{
    char           path[1024];
    cert_reason_t  reason;

    ring = cert_keyring_create();

    (void) snprintf(path, sizeof(path), "%s/keys/public.keys", home);
    check(cert_keyring_read(ring, path, &reason), path);

    (void) snprintf(path, sizeof(path), "%s/keys/private.keys", home);
    check(cert_keyring_read(ring, path, &reason), path);

    (void) snprintf(path, sizeof(path), "%s/store", home);
    check(cert_store_open(&store, path, CERT_STORE_WRITE, ring, &reason),
          path);
    check(cert_reader_open(&reader, store, &reason), path);
}


static cert_err_t
list_one(void *data, const cert_account_t *account)
{
    (void) data;

    if (account->has_login) {
        printf("%s\t%u\t%d\t%s\n", account->username.data,
               account->generation, account->is_matched, account->password);
    }

    return CERT_OK;
}


static cert_change_t
change_init(cert_change_type_t type)
{
    cert_change_t  change;

    memset(&change, 0, sizeof(change));
    change.type = type;
    change.time = time(NULL);
    strcpy(change.actor, "test");
    check(getentropy(change.nonce, sizeof(change.nonce)) == 0 ? CERT_OK
          : CERT_SYSTEM, "nonce");

    return change;
}


static void
execute(const cert_change_t *change)
{
    cert_txn_t      *txn;
    cert_reason_t    reason;
    cert_outcome_t   outcome;

    check(cert_txn_begin(&txn, store, &reason), "begin");
    check(cert_change_execute(txn, change, &outcome),
          cert_change_type_name(change->type));
    check(cert_txn_commit(txn, &reason), "commit");
}


static void
holder_of(const cert_certificate_t *certificate, cert_holder_t *holder)
{
    check(cert_holder_make(ring, certificate->person.id_type,
                           cert_strz(certificate->person.id_number.data),
                           holder), "holder");
}


static void
consent(const char *number)
{
    cert_change_t       change;
    cert_certificate_t  certificate;

    check(cert_read_certificate(reader, cert_strz(number), &certificate),
          "certificate");

    change = change_init(CERT_CHANGE_CONSENT);
    change.u.account.is_matched = 1;
    change.u.account.notice_version = 1;
    holder_of(&certificate, &change.u.account.holder);
    execute(&change);
}


static void
spaced(char **argv)
{
    cert_change_t       change;
    cert_certificate_t  certificate;

    check(cert_read_certificate(reader, cert_strz(argv[0]), &certificate),
          "certificate");

    certificate.person.id_number.len = strlen(argv[1]);
    strcpy(certificate.person.id_number.data, argv[1]);

    change = change_init(CERT_CHANGE_CERTIFICATE);
    change.u.certificate = &certificate;
    execute(&change);

    if (argv[2] != NULL) {
        change = change_init(CERT_CHANGE_REGISTER);
        change.u.account.username = cert_strz(argv[2]);
        change.u.account.password = cert_strz(argv[3]);
        holder_of(&certificate, &change.u.account.holder);
        execute(&change);
    }
}


int
main(int argc, char **argv)
{
    cert_err_t       err;
    cert_position_t  after;

    if (argc == 1) {
        fprintf(stderr, "usage: account HOME list | consent NUMBER | "
                "spaced NUMBER ID_NUMBER [USERNAME HASH]\n");
        return 2;
    }

    open_home(argv[1]);

    if (argc > 4) {
        spaced(argv + 3);

    } else if (argc > 3) {
        consent(argv[3]);

    } else {
        after.len = 0;

        do {
            err = cert_list_accounts(reader, &after, 100, list_one, NULL);
        } while (err == CERT_OK);

        check(err == CERT_NOT_FOUND ? CERT_OK : err, "list");
    }

    cert_reader_close(reader);
    cert_store_close(store);
    cert_keyring_destroy(ring);

    return 0;
}
