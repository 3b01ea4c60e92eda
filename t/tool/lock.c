/*
 * Copyright (C) the ngx_cert authors
 *
 * Holds the writer lock of a store until it is killed, for t/75-stuck.t; or
 * until SIGUSR1, when it commits another document number for the holder of a
 * certificate, for t/70-apply.t: a writer that waits for the lock then finds it
 * changed.
 *
 *     lock HOME [NUMBER ID_NUMBER]
 */


#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cert_change.h"
#include "cert_keyring_file.h"
#include "cert_read.h"


static cert_reason_t  reason;


static void
check(cert_err_t err, const char *what)
{
    if (err != CERT_OK) {
        fprintf(stderr, "%s: %s %s\n", what, cert_err_name(err), reason.text);
        exit(1);
    }
}


static void
correct(cert_txn_t *txn, cert_certificate_t *certificate,
    const char *id_number)
{
    cert_change_t   change;
    cert_outcome_t  outcome;

    certificate->facts.status = CERT_STATUS_KEEP;
    check(cert_id_number_fold(&certificate->person.id_number,
                              cert_strz(id_number), NULL), "number");

    memset(&change, 0, sizeof(change));
    change.type = CERT_CHANGE_CERTIFICATE;
    change.time = time(NULL);
    change.u.certificate = certificate;
    (void) getrandom(change.nonce, sizeof(change.nonce), 0);

    check(cert_change_execute(txn, &change, &outcome), "change");
}


int
main(int argc, char **argv)
{
    int                         got;
    char                        path[1024];
    sigset_t                    set;
    cert_txn_t                 *txn;
    cert_store_t               *store;
    cert_reader_t              *reader;
    cert_keyring_t             *ring;
    static cert_certificate_t   certificate;

    if (argc == 1) {
        fprintf(stderr, "usage: lock HOME [NUMBER ID_NUMBER]\n");
        return 2;
    }

    ring = cert_keyring_create();

    snprintf(path, sizeof(path), "%s/keys/public.keys", argv[1]);
    check(cert_keyring_read(ring, path, &reason), path);

    if (argc == 4) {
        snprintf(path, sizeof(path), "%s/keys/private.keys", argv[1]);
        check(cert_keyring_read(ring, path, &reason), path);
    }

    snprintf(path, sizeof(path), "%s/store", argv[1]);
    check(cert_store_open(&store, path, CERT_STORE_WRITE, ring, &reason),
          path);

    if (argc == 4) {
        check(cert_reader_open(&reader, store, &reason), path);
        check(cert_read_certificate(reader, cert_strz(argv[2]),
                                    &certificate), argv[2]);
    }

    check(cert_txn_begin(&txn, store, &reason), "begin");

    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGUSR1);
    (void) sigprocmask(SIG_BLOCK, &set, NULL);

    puts("held");
    fflush(stdout);

    (void) sigwait(&set, &got);

    if (argc == 4) {
        correct(txn, &certificate, argv[3]);
        check(cert_txn_commit(txn, &reason), "commit");
    }

    return 0;
}
