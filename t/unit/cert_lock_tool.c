/*
 * Copyright (C) the ngx_cert authors
 *
 * Holds the writer lock of a store until it is killed, for t/75-stuck.t.
 *
 *     cert_lock_tool HOME
 */


#include <stdio.h>
#include <unistd.h>

#include "cert_change.h"


int
main(int argc, char **argv)
{
    char             path[1024];
    cert_txn_t      *txn;
    cert_store_t    *store;
    cert_reason_t    reason;
    cert_keyring_t  *ring;

    if (argc == 1) {
        printf("1..0 # SKIP a tool for t/75-stuck.t\n");
        return 0;
    }

    ring = cert_keyring_create();

    snprintf(path, sizeof(path), "%s/keys/public.keys", argv[1]);
    if (cert_keyring_read(ring, path, &reason) != CERT_OK) {
        goto failed;
    }

    snprintf(path, sizeof(path), "%s/store", argv[1]);
    if (cert_store_open(&store, path, CERT_STORE_WRITE, ring, &reason)
        != CERT_OK
        || cert_txn_begin(&txn, store, &reason) != CERT_OK)
    {
        goto failed;
    }

    puts("held");
    fflush(stdout);

    for ( ;; ) {
        pause();
    }

failed:

    fprintf(stderr, "%s\n", reason.text);

    return 1;
}
