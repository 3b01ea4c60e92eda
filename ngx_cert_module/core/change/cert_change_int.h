/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of changes.  Private to core/.
 *
 * A change first reads and decides, then writes.  So a refusal leaves nothing
 * to undo, and a failure after the first write is one of LMDB, after which the
 * whole transaction has to be aborted anyway.  What fails in here and in the
 * headers of its parts (cert_change_*_int.h) fails with an error of
 * cert_change_execute(), which hands it on.
 */


#ifndef CERT_CHANGE_INT_H_INCLUDED
#define CERT_CHANGE_INT_H_INCLUDED


#include "cert_exec_int.h"
#include "cert_journal.h"


/* Writes the journal entry of an applied change and moves the head. */
cert_err_t cert_journal_append(cert_exec_t *exec);

/*
 * Reads an entry; the strings point into "value".  CERT_CORRUPT: not laid out
 * as an entry; says nothing of its hash.
 */
cert_err_t cert_journal_decode(cert_journal_entry_t *entry, cert_str_t key,
    cert_str_t value);


/*
 * The functions of the kinds of change, one for each cert_change_type_t; here
 * those of cert_change_certificate.c, cert_change_photo.c and
 * cert_change_reseal.c.
 */
cert_err_t cert_change_certificate(cert_exec_t *exec);
cert_err_t cert_change_status(cert_exec_t *exec);
cert_err_t cert_change_photo(cert_exec_t *exec);
cert_err_t cert_change_reseal(cert_exec_t *exec);

/* In cert_change_remove.c. */
cert_err_t cert_change_remove(cert_exec_t *exec);

/* In cert_change_apply.c and cert_change_repeat.c. */
cert_err_t cert_change_apply(cert_exec_t *exec);
cert_err_t cert_change_original(cert_exec_t *exec);
cert_err_t cert_change_forget(cert_exec_t *exec);

/* In cert_change_copy.c. */
cert_err_t cert_change_ready(cert_exec_t *exec);
cert_err_t cert_change_retry(cert_exec_t *exec);
cert_err_t cert_change_failed(cert_exec_t *exec);
cert_err_t cert_change_withdraw(cert_exec_t *exec);
cert_err_t cert_change_prune(cert_exec_t *exec);

/* In cert_change_catalog.c. */
cert_err_t cert_change_policy(cert_exec_t *exec);
cert_err_t cert_change_qualification(cert_exec_t *exec);
cert_err_t cert_change_key(cert_exec_t *exec);
cert_err_t cert_change_restore(cert_exec_t *exec);

/* In cert_change_upgrade.c. */
cert_err_t cert_change_upgrade(cert_exec_t *exec);

/* In cert_change_account.c. */
cert_err_t cert_change_register(cert_exec_t *exec);
cert_err_t cert_change_password(cert_exec_t *exec);
cert_err_t cert_change_consent(cert_exec_t *exec);
cert_err_t cert_change_link(cert_exec_t *exec);

/* In cert_change_session.c. */
cert_err_t cert_change_login(cert_exec_t *exec);
cert_err_t cert_change_touch(cert_exec_t *exec);
cert_err_t cert_change_logout(cert_exec_t *exec);


#endif /* CERT_CHANGE_INT_H_INCLUDED */
