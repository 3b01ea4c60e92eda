/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters: one snapshot each, everything copied before it ends.
 *
 * Decrypting comes after the snapshot wherever the bytes were copied by then: a
 * snapshot is held for the look-up, not for the arithmetic.  A photo is the
 * exception, since it is too long to be copied first.
 *
 * CERT_NO_KEY from a getter is not damage: a record may be sealed under a key
 * that is newer than this process, which a reload or a restart reads.
 */


#include <stdlib.h>

#include "cert_env_int.h"
#include "cert_lookup_int.h"
#include "cert_read.h"


static cert_err_t cert_read_reveal(cert_store_t *store,
    cert_certificate_t *certificate, const cert_hidden_t *hidden);
static cert_err_t cert_read_photo_now(cert_reader_t *reader, cert_str_t number,
    uint8_t *photo, size_t *len);
static cert_err_t cert_read_queued(cert_reader_t *reader,
    const cert_annotation_t *annotation, unsigned *attempts);
static cert_err_t cert_read_qualification_now(cert_reader_t *reader,
    cert_str_t name, cert_qualification_t *qualification);
static cert_err_t cert_stat_count(cert_reader_t *reader,
    cert_store_stat_t *stat);
static int cert_stat_entries(cert_reader_t *reader, cert_db_t db,
    uint64_t *entries);
static uint32_t cert_stat_readers(cert_store_t *store);
static int cert_stat_line(const char *line, void *lines);
static cert_err_t cert_stat_queue(cert_store_t *store, MDB_txn *txn,
    cert_time_t *oldest);


cert_err_t
cert_read_certificate(cert_reader_t *reader, cert_str_t number,
    cert_certificate_t *certificate)
{
    cert_err_t     err;
    cert_text_t    printed;
    cert_hidden_t  hidden;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_number(reader->store, reader->txn, number, &printed);

    if (err == CERT_OK) {
        err = cert_lookup_certificate(reader->store, reader->txn,
                                      cert_text_str(&printed), certificate,
                                      &hidden);
    }

    cert_reader_end(reader);

    if (err != CERT_OK) {
        return err;
    }

    return cert_read_reveal(reader->store, certificate, &hidden);
}


/*
 * A missing key is not an error: the facts are what was asked for, and
 * has_person tells.
 */
static cert_err_t
cert_read_reveal(cert_store_t *store, cert_certificate_t *certificate,
    const cert_hidden_t *hidden)
{
    cert_err_t  err;

    if (!cert_keyring_has(store->ring, CERT_KEY_PERSONAL)) {
        return CERT_OK;
    }

    err = cert_person_reveal(store->ring, certificate->facts.number, hidden,
                             &certificate->person);

    certificate->has_person = (err == CERT_OK);

    return err;
}


cert_err_t
cert_read_annotation(cert_reader_t *reader, const cert_code_t *code,
    cert_annotation_t *annotation, cert_certificate_t *certificate)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_annotation(reader->store, reader->txn, code, annotation,
                                 certificate);

    cert_reader_end(reader);

    return err;
}


cert_err_t
cert_read_photo(cert_reader_t *reader, cert_str_t number, uint8_t *photo,
    size_t *len)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_read_photo_now(reader, number, photo, len);

    cert_reader_end(reader);

    return err;
}


/* Within the snapshot of the caller. */
static cert_err_t
cert_read_photo_now(cert_reader_t *reader, cert_str_t number, uint8_t *photo,
    size_t *len)
{
    cert_err_t    err;
    cert_str_t    payload;
    cert_photo_t  stored;

    err = cert_lookup_record(reader->store, reader->txn, CERT_DB_PHOTO, number,
                             &payload);

    if (err == CERT_OK) {
        err = cert_photo_decode(&stored, payload);
    }

    if (err == CERT_OK) {
        err = cert_crypto_open(reader->store->ring, stored.personal_key,
                               stored.nonce, number, stored.sealed, photo);
    }

    if (err == CERT_OK) {
        *len = stored.sealed.len - CERT_GCM_TAG_SIZE;
    }

    return err;
}


cert_err_t
cert_read_printed(cert_reader_t *reader, const cert_code_t *code,
    cert_printed_t *printed, uint8_t *photo)
{
    cert_err_t     err;
    cert_str_t     number;
    cert_hidden_t  hidden;

    printed->photo_len = 0;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    printed->policy = reader->policy;

    err = cert_lookup_annotation(reader->store, reader->txn, code,
                                 &printed->annotation, &printed->copy);

    number = printed->copy.facts.number;

    if (err == CERT_OK) {
        err = cert_lookup_certificate(reader->store, reader->txn, number,
                                      &printed->certificate, &hidden);
    }

    if (err == CERT_OK) {
        err = cert_read_qualification_now(reader,
                                          printed->copy.facts.qualification,
                                          &printed->qualification);
    }

    if (err == CERT_OK && printed->certificate.has_photo) {
        err = cert_read_photo_now(reader, number, photo, &printed->photo_len);
    }

    cert_reader_end(reader);

    if (err == CERT_OK) {
        err = cert_read_reveal(reader->store, &printed->certificate, &hidden);
    }

    return err == CERT_OK && !printed->certificate.has_person ? CERT_NO_KEY
                                                              : err;
}


/*
 * By its annotation, which is sealed and says whether it waits: what is not in
 * the queue then is damage.
 */
cert_err_t
cert_read_attempts(cert_reader_t *reader, const cert_code_t *code,
    unsigned *attempts)
{
    cert_err_t          err;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_annotation(reader->store, reader->txn, code, &annotation,
                                 &certificate);

    if (err == CERT_NOT_FOUND) {
        err = cert_lookup_absent(reader->store, reader->txn,
                                 CERT_DB_ANNOTATION,
                                 (cert_str_t) { code->bytes, CERT_CODE_SIZE });

    } else if (err == CERT_OK
               && annotation.state != CERT_ANNOTATION_GENERATING)
    {
        err = CERT_NOT_FOUND;
    }

    if (err == CERT_OK) {
        err = cert_read_queued(reader, &annotation, attempts);
    }

    cert_reader_end(reader);

    return err;
}


static cert_err_t
cert_read_queued(cert_reader_t *reader, const cert_annotation_t *annotation,
    unsigned *attempts)
{
    uint8_t     key[CERT_TIMED_SIZE];
    cert_err_t  err;
    cert_str_t  payload;

    cert_timed_key(key, annotation->applied, &annotation->code);

    err = cert_lookup_record(reader->store, reader->txn, CERT_DB_QUEUE,
                             (cert_str_t) { key, CERT_TIMED_SIZE }, &payload);

    if (err == CERT_NOT_FOUND || (err == CERT_OK && payload.len != 1)) {
        return CERT_CORRUPT;
    }

    if (err == CERT_OK) {
        *attempts = payload.data[0];
    }

    return err;
}


cert_err_t
cert_read_qualification(cert_reader_t *reader, cert_str_t name,
    cert_qualification_t *qualification)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_read_qualification_now(reader, name, qualification);

    cert_reader_end(reader);

    return err;
}


/* Within the snapshot of the caller. */
static cert_err_t
cert_read_qualification_now(cert_reader_t *reader, cert_str_t name,
    cert_qualification_t *qualification)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_lookup_record(reader->store, reader->txn,
                             CERT_DB_QUALIFICATION, name, &payload);

    return err == CERT_OK
           ? cert_qualification_decode(qualification, name, payload) : err;
}


cert_err_t
cert_read_policy(cert_reader_t *reader, cert_policy_t *policy)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    *policy = reader->policy;

    cert_reader_end(reader);

    return CERT_OK;
}


cert_err_t
cert_read_now(cert_reader_t *reader, cert_time_t clock, cert_time_t *now)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    *now = clock > reader->head.highest ? clock : reader->head.highest;

    cert_reader_end(reader);

    return CERT_OK;
}


cert_err_t
cert_read_stat(cert_reader_t *reader, cert_store_stat_t *stat)
{
    cert_err_t     err;
    cert_store_t  *store;

    store = reader->store;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_stat_count(reader, stat);
    if (err != CERT_OK) {
        goto done;
    }

    stat->readers = cert_stat_readers(store);
    stat->journal = reader->head.journal;
    stat->highest = reader->head.highest;
    stat->schema = store->schema.schema;
    stat->is_demonstration = store->schema.is_demonstration;
    memcpy(stat->id, store->schema.id, sizeof(stat->id));

    err = cert_stat_queue(store, reader->txn, &stat->queue_oldest);

done:

    cert_reader_end(reader);

    return err;
}


/* Entries are counted by LMDB itself: no walk, whatever the size. */
static cert_err_t
cert_stat_count(cert_reader_t *reader, cert_store_stat_t *stat)
{
    int          rc;
    MDB_stat     page;
    MDB_envinfo  info;

    rc = mdb_env_info(reader->store->env, &info);

    if (rc == 0) {
        rc = mdb_env_stat(reader->store->env, &page);
    }

    if (rc == 0) {
        rc = cert_stat_entries(reader, CERT_DB_CERTIFICATE,
                               &stat->certificates);
    }

    if (rc == 0) {
        rc = cert_stat_entries(reader, CERT_DB_MATCH, &stat->matches);
    }

    if (rc == 0) {
        rc = cert_stat_entries(reader, CERT_DB_ANNOTATION,
                               &stat->annotations);
    }

    if (rc == 0) {
        rc = cert_stat_entries(reader, CERT_DB_QUEUE, &stat->queue);
    }

    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    /*
     * Up to the last page, the free ones between included: what the file takes,
     * since LMDB uses pages again and never gives them back.
     */
    stat->used = (uint64_t) (info.me_last_pgno + 1) * page.ms_psize;
    stat->map_size = info.me_mapsize;
    stat->readers_max = info.me_maxreaders;

    return CERT_OK;
}


/* A database that only an upgrade makes has none until then. */
static int
cert_stat_entries(cert_reader_t *reader, cert_db_t db, uint64_t *entries)
{
    int       rc;
    MDB_dbi   dbi;
    MDB_stat  stat;

    dbi = reader->store->dbi[db];
    *entries = 0;

    if (dbi == 0) {
        return 0;
    }

    rc = mdb_stat(reader->txn, dbi, &stat);

    if (rc == 0) {
        *entries = stat.ms_entries;
    }

    return rc;
}


/*
 * Slots in use.  The environment's own figure is the most that ever were, so
 * the lines of LMDB's list are counted, of which the first is the heading.
 */
static uint32_t
cert_stat_readers(cert_store_t *store)
{
    uint32_t  lines;

    lines = 0;

    (void) mdb_reader_list(store->env, cert_stat_line, &lines);

    return lines > 0 ? lines - 1 : 0;
}


/* Counts the lines, whatever they say. */
static int
cert_stat_line(const char *line, void *lines)
{
    (void) line;

    ++*(uint32_t *) lines;

    return 0;
}


/* Keys of the queue start with the time of application: the first is oldest. */
static cert_err_t
cert_stat_queue(cert_store_t *store, MDB_txn *txn, cert_time_t *oldest)
{
    int             rc;
    MDB_val         key;
    MDB_cursor     *cursor;
    cert_cursor_t   c;

    *oldest = 0;

    rc = mdb_cursor_open(txn, store->dbi[CERT_DB_QUEUE], &cursor);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    rc = mdb_cursor_get(cursor, &key, NULL, MDB_FIRST);

    if (rc == 0) {
        c = cert_cursor((cert_str_t) { key.mv_data, key.mv_size });
        *oldest = (cert_time_t) cert_get_int(&c, 8);
    }

    mdb_cursor_close(cursor);

    return rc == MDB_NOTFOUND ? CERT_OK : cert_lmdb_err(rc);
}
