/*
 * Copyright (C) the ngx_cert authors
 *
 * What the functions of all kinds of change have in common.
 */


#include "cert_exec_int.h"
#include "cert_hex.h"
#include "cert_holder_int.h"
#include "cert_lookup_int.h"


cert_err_t
cert_refuse(cert_exec_t *exec, cert_refusal_t refusal)
{
    exec->outcome->refusal = refusal;

    return CERT_REFUSED;
}


cert_err_t
cert_exec_number(cert_exec_t *exec, cert_str_t spelling, cert_str_t *number)
{
    cert_err_t  err;

    err = cert_lookup_number(exec->txn->store, exec->txn->txn, spelling,
                             &exec->number);

    *number = err == CERT_OK ? cert_text_str(&exec->number) : spelling;

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/*
 * The caller has looked whose it is, but the change waited for the writer
 * since, and an import may have corrected the document meanwhile.  The account
 * is read here too, so that a link made meanwhile counts; the journal needs
 * none of it, as what is in it was decided.
 */
cert_err_t
cert_exec_owner(cert_exec_t *exec, const cert_holder_t *owner,
    cert_str_t number, cert_refusal_t refusal)
{
    cert_err_t      err;
    cert_txn_t     *txn;
    cert_login_t    login;
    cert_holder_t   holder;
    cert_account_t  account;

    txn = exec->txn;

    if (owner == NULL) {
        return CERT_OK;
    }

    err = cert_exec_number(exec, number, &number);

    if (err == CERT_OK) {
        err = cert_lookup_owner(txn->store, txn->txn, number, &holder);
    }

    if (err == CERT_OK && cert_holder_is_equal(&holder, owner)) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        err = cert_lookup_account(txn->store, txn->txn, owner, &account,
                                  &login);
    }

    if (err == CERT_NOT_FOUND
        || (err == CERT_OK && !cert_account_has(&account, &holder)))
    {
        return cert_refuse(exec, refusal);
    }

    return err;
}


/*
 * The next part is found in the store, so only the bound of this one is
 * journaled.
 */
cert_err_t
cert_exec_part(cert_exec_t *exec, const cert_part_t *part, size_t *limit)
{
    if (part->after.len > sizeof(part->after.data)) {
        return CERT_INVALID;
    }

    *limit = part->limit == 0 || part->limit > CERT_PART_MAX
             ? CERT_PART_MAX : part->limit;

    cert_put_int(&exec->body, *limit, 4);
    cert_put_blob(&exec->body,
                  (cert_str_t) { part->after.data, part->after.len });

    return CERT_OK;
}


const char *
cert_exec_hex(char text[CERT_HOLDER_TEXT_SIZE], const cert_holder_t *holder)
{
    *cert_hex_encode(text, holder->bytes, CERT_HOLDER_SIZE) = '\0';

    return text;
}


void
cert_exec_subject(cert_exec_t *exec, const cert_holder_t *holder)
{
    exec->subject = cert_strz(cert_exec_hex(exec->text, holder));
}
