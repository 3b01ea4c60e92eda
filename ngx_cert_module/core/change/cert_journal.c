/*
 * Copyright (C) the ngx_cert authors
 *
 * The journal.
 *
 * An entry is time, type, actor, subject, detail and body, then the chain
 * hash: SHA-256 over the hash before, the sequence and all before it.  The
 * hash of the last entry stands in the sealed head.
 *
 * A chain of hashes rather than a seal per entry: a seal proves an entry, a
 * chain proves that none is missing, and the one seal that it needs is the
 * head's.  A program that can write the file but holds no "record" key can
 * break the chain, not repair it.  The hash takes the sequence in, so an entry
 * cannot be moved even where all before it is known.
 *
 * The journal grows by a few hundred bytes a change, at its end, so its pages
 * are full and a commit dirties one or two of them however long it is.
 */


#include <stdio.h>

#include "cert_change_int.h"
#include "cert_journal.h"
#include "cert_list_int.h"
#include "cert_record_int.h"


/* Everything but the body: numbers, three texts, the chain hash. */
#define CERT_ENTRY_EXTRA  1024        /* bytes */

typedef struct {
    cert_store_t        *store;
    uint64_t             next;          /* sequence expected */
    size_t               left;
    cert_each_entry_pt   each;
    void                *data;
    uint8_t              chain[CERT_SHA256_SIZE];
} cert_journal_walk_t;


static void cert_journal_encode(cert_writer_t *w,
    const cert_exec_t *exec);
static cert_err_t cert_journal_chain(cert_keyring_t *ring,
    const uint8_t before[CERT_SHA256_SIZE], cert_str_t key, cert_str_t entry,
    uint8_t chain[CERT_SHA256_SIZE]);
static void cert_sequence_key(uint8_t key[8], uint64_t sequence);
static cert_err_t cert_journal_visit(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_journal_prove(void *data, cert_str_t key,
    cert_str_t value);


/*
 * Moves the head of the transaction only when the entry is in the store: after
 * an error it still describes what was journaled before.
 */
cert_err_t
cert_journal_append(cert_exec_t *exec)
{
    size_t        size;
    uint8_t      *buf, sequence[8];
    cert_err_t    err;
    cert_str_t    key;
    cert_txn_t   *txn;
    cert_head_t   head;
    cert_writer_t w;

    txn = exec->txn;
    head = txn->head;
    head.journal++;
    head.highest = exec->now;

    if (exec->body.is_full) {
        return CERT_INVALID;
    }

    size = cert_writer_str(&exec->body).len
           + cert_writer_str(&exec->photo).len + CERT_ENTRY_EXTRA;

    buf = cert_txn_scratch(txn, CERT_SCRATCH_ENTRY, size);
    if (buf == NULL) {
        return CERT_NO_MEMORY;
    }

    w = cert_writer(buf, size);
    cert_journal_encode(&w, exec);

    cert_sequence_key(sequence, head.journal);
    key = (cert_str_t) { sequence, sizeof(sequence) };

    err = cert_journal_chain(txn->store->ring, txn->head.chain, key,
                             cert_writer_str(&w), head.chain);
    if (err != CERT_OK) {
        return err;
    }

    cert_put_bytes(&w, head.chain, CERT_SHA256_SIZE);

    if (w.is_full) {
        return CERT_INVALID;
    }

    err = cert_txn_put(txn, CERT_DB_JOURNAL, key, cert_writer_str(&w));
    if (err != CERT_OK) {
        return err;
    }

    txn->head = head;
    txn->count++;
    exec->outcome->sequence = head.journal;

    return CERT_OK;
}


static void
cert_journal_encode(cert_writer_t *w, const cert_exec_t *exec)
{
    cert_put_int(w, (uint64_t) exec->now, 8);
    cert_put_int(w, exec->change->type, 1);
    cert_put_str(w, cert_strz(exec->change->actor));
    cert_put_str(w, exec->subject);
    cert_put_str(w, cert_strz(exec->detail));
    cert_put_blob(w, cert_writer_str(&exec->body));
    cert_put_blob(w, cert_writer_str(&exec->photo));
}


/* "Entry" here is an entry without its hash, and the key is its sequence. */
static cert_err_t
cert_journal_chain(cert_keyring_t *ring,
    const uint8_t before[CERT_SHA256_SIZE], cert_str_t key, cert_str_t entry,
    uint8_t chain[CERT_SHA256_SIZE])
{
    cert_str_t  parts[3];

    parts[0] = (cert_str_t) { before, CERT_SHA256_SIZE };
    parts[1] = key;
    parts[2] = entry;

    return cert_crypto_sha256(ring, parts, 3, chain);
}


/* Big endian, so that LMDB keeps them in order. */
static void
cert_sequence_key(uint8_t key[8], uint64_t sequence)
{
    cert_writer_t  w;

    w = cert_writer(key, 8);
    cert_put_int(&w, sequence, 8);
}


cert_err_t
cert_journal_decode(cert_journal_entry_t *entry, cert_str_t key,
    cert_str_t value)
{
    cert_cursor_t   c;
    const uint8_t  *chain;

    c = cert_cursor(key);
    entry->sequence = cert_get_int(&c, 8);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    c = cert_cursor(value);
    entry->time = (cert_time_t) cert_get_int(&c, 8);
    entry->type = (cert_change_type_t) cert_get_int(&c, 1);
    entry->actor = cert_get_str(&c);
    entry->subject = cert_get_str(&c);
    entry->detail = cert_get_str(&c);
    entry->body = cert_get_blob(&c);
    (void) cert_get_blob(&c);
    chain = cert_get_bytes(&c, CERT_SHA256_SIZE);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(entry->chain, chain, CERT_SHA256_SIZE);

    return CERT_OK;
}


cert_err_t
cert_journal_certificate(cert_keyring_t *ring,
    const cert_journal_entry_t *entry, cert_certificate_t *certificate)
{
    cert_err_t     err;
    cert_hidden_t  hidden;

    if (entry->type != CERT_CHANGE_CERTIFICATE) {
        return CERT_INVALID;
    }

    err = cert_certificate_decode(certificate, &hidden, entry->body);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_person_reveal(ring, certificate->facts.number, &hidden,
                             &certificate->person);

    certificate->has_person = err == CERT_OK;

    return err == CERT_NO_KEY ? CERT_OK : err;
}


cert_err_t
cert_journal_status(const cert_journal_entry_t *entry, cert_status_t *status,
    cert_str_t *by)
{
    cert_cursor_t  c;

    if (entry->type != CERT_CHANGE_STATUS) {
        return CERT_INVALID;
    }

    c = cert_cursor(entry->body);
    *status = (cert_status_t) cert_get_int(&c, 1);
    *by = cert_get_str(&c);

    return cert_cursor_is_done(&c) ? CERT_OK : CERT_CORRUPT;
}


cert_err_t
cert_journal_policy(const cert_journal_entry_t *entry, cert_policy_t *policy)
{
    cert_err_t     err;
    cert_reason_t  reason;

    if (entry->type != CERT_CHANGE_POLICY) {
        return CERT_INVALID;
    }

    err = cert_policy_parse(policy, entry->body, &reason);

    return (err == CERT_OK || err == CERT_NO_MEMORY) ? err : CERT_CORRUPT;
}


cert_err_t
cert_journal_list(cert_reader_t *reader, uint64_t *sequence, size_t limit,
    cert_each_entry_pt each, void *data)
{
    uint8_t              from[8];
    cert_err_t           err;
    cert_str_t           start;
    cert_journal_walk_t  walk;

    if (limit == 0) {
        return CERT_OK;
    }

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    walk.next = *sequence;
    walk.left = limit;
    walk.each = each;
    walk.data = data;

    /* The walk goes on behind "from"; sequences start at 1. */
    start = cert_str("");

    if (*sequence > 1) {
        cert_sequence_key(from, *sequence - 1);
        start = (cert_str_t) { from, sizeof(from) };
    }

    err = cert_walk(reader->store, reader->txn, CERT_DB_JOURNAL,
                    cert_str(""), start, cert_journal_visit, &walk);

    cert_reader_end(reader);

    *sequence = walk.next;

    return err == CERT_EXISTS ? CERT_OK : err;
}


/* Ends the walk with CERT_EXISTS when the page is full. */
static cert_err_t
cert_journal_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_journal_walk_t   *walk = data;

    cert_err_t             err;
    cert_journal_entry_t   entry;

    err = cert_journal_decode(&entry, key, value);

    if (err == CERT_OK) {
        err = walk->each(walk->data, &entry);
    }

    if (err != CERT_OK) {
        return err;
    }

    walk->next = entry.sequence + 1;

    return --walk->left == 0 ? CERT_EXISTS : CERT_OK;
}


cert_err_t
cert_journal_verify(cert_reader_t *reader, uint64_t *entries,
    cert_reason_t *reason)
{
    cert_err_t           err;
    cert_head_t          head;
    cert_journal_walk_t  walk;

    *entries = 0;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        cert_reason_set(reason, "the head of the store cannot be read: %s",
                        cert_err_name(err));
        return err;
    }

    memset(&walk, 0, sizeof(walk));
    walk.store = reader->store;
    walk.next = 1;

    err = cert_walk(reader->store, reader->txn, CERT_DB_JOURNAL,
                    cert_str(""), cert_str(""), cert_journal_prove,
                    &walk);
    head = reader->head;

    cert_reader_end(reader);

    *entries = walk.next - 1;

    if (err != CERT_NOT_FOUND) {
        cert_reason_set(reason, "journal entry %llu does not verify: %s",
                        (unsigned long long) walk.next, cert_err_name(err));
        return err;
    }

    if (walk.next - 1 != head.journal
        || memcmp(walk.chain, head.chain, CERT_SHA256_SIZE) != 0)
    {
        cert_reason_set(reason, "the journal ends with entry %llu, the store "
                        "with %llu, or their hashes differ",
                        (unsigned long long) (walk.next - 1),
                        (unsigned long long) head.journal);
        return CERT_CORRUPT;
    }

    return CERT_OK;
}


/*
 * Verifies one entry by the hash before it.  Hashes are public, so they are not
 * compared in constant time: a forger could compute them, too.
 */
static cert_err_t
cert_journal_prove(void *data, cert_str_t key, cert_str_t value)
{
    cert_journal_walk_t   *walk = data;

    uint8_t                chain[CERT_SHA256_SIZE];
    cert_err_t             err;
    cert_journal_entry_t   entry;

    err = cert_journal_decode(&entry, key, value);
    if (err != CERT_OK) {
        return err;
    }

    if (entry.sequence != walk->next) {
        return CERT_CORRUPT;
    }

    value.len -= CERT_SHA256_SIZE;

    err = cert_journal_chain(walk->store->ring, walk->chain, key, value,
                             chain);
    if (err != CERT_OK) {
        return err;
    }

    if (memcmp(chain, entry.chain, CERT_SHA256_SIZE) != 0) {
        return CERT_CORRUPT;
    }

    memcpy(walk->chain, chain, CERT_SHA256_SIZE);
    walk->next++;

    return CERT_OK;
}
