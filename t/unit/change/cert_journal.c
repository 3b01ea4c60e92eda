/*
 * Copyright (C) the ngx_cert authors
 *
 * The journal in the hands of an intruder who can write the file, but has no
 * key: whatever is edited, removed, moved, cut off or added shows.
 */


#include "store.h"

#include "cert_journal.h"
#include "cert_change_int.h"


#define CERTIFICATES  40
#define EDITS         200
#define ENTRY_MAX     1024

enum {
    EDIT_BYTE = 0,
    EDIT_SHORT,
    EDIT_REMOVE,
    EDIT_SWAP,
    EDIT_CUT_OFF,
    EDIT_ADD,
    EDIT_KINDS
};

typedef struct {
    size_t   len;
    uint8_t  data[ENTRY_MAX];
} entry_t;


static fixture_t    f;
static unsigned     entries_n;
static entry_t      entries[CERTIFICATES + 8];      /* as they were written */

static const char  *edit_names[EDIT_KINDS] = {
    "a byte is changed", "an entry is shortened", "an entry is removed",
    "two change places", "the last are cut off", "one is added"
};


static MDB_val
key_of(uint64_t sequence, uint8_t bytes[8])
{
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t) (sequence >> (56 - 8 * i));
    }

    return (MDB_val) { 8, bytes };
}


/* Entry "i" counts from 0; its sequence from 1.  NULL removes it. */
static void
put_entry(cert_txn_t *txn, unsigned i, const entry_t *entry)
{
    int      rc;
    uint8_t  bytes[8];
    MDB_val  key, value;
    MDB_dbi  dbi;

    dbi = txn->store->dbi[CERT_DB_JOURNAL];
    key = key_of(i + 1, bytes);

    if (entry == NULL) {
        rc = mdb_del(txn->txn, dbi, &key, NULL);
        rc = rc == MDB_NOTFOUND ? 0 : rc;

    } else {
        value.mv_size = entry->len;
        value.mv_data = (void *) (uintptr_t) entry->data;
        rc = mdb_put(txn->txn, dbi, &key, &value, 0);
    }

    if (rc != 0) {
        printf("Bail out! %s\n", mdb_strerror(rc));
        exit(1);
    }
}


static cert_txn_t *
begin(void)
{
    cert_txn_t     *txn;
    cert_reason_t   reason;

    if (cert_txn_begin(&txn, f.store, &reason) != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }

    /* Or there would be nothing to commit. */
    txn->count = 1;

    return txn;
}


static void
commit(cert_txn_t *txn)
{
    cert_reason_t  reason;

    if (cert_txn_commit(txn, &reason) != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }
}


static cert_err_t
keep_entry(void *data, const cert_journal_entry_t *entry)
{
    (void) data;
    (void) entry;

    entries_n++;

    return CERT_OK;
}


static void
keep_entries(void)
{
    uint8_t      bytes[8];
    uint64_t     next;
    MDB_val      key, value;
    cert_txn_t  *txn;

    next = 1;
    (void) cert_journal_list(f.reader, &next, 1000, keep_entry, NULL);

    txn = begin();

    for (unsigned i = 0; i < entries_n; i++) {
        key = key_of(i + 1, bytes);

        if (i >= sizeof(entries) / sizeof(entries[0])
            || mdb_get(txn->txn, f.store->dbi[CERT_DB_JOURNAL], &key, &value)
               != 0
            || value.mv_size > ENTRY_MAX)
        {
            printf("Bail out! entry %u cannot be kept\n", i + 1);
            exit(1);
        }

        entries[i].len = value.mv_size;
        memcpy(entries[i].data, value.mv_data, value.mv_size);
    }

    cert_txn_abort(txn);
}


static void
edit(cert_txn_t *txn, int kind)
{
    entry_t   changed;
    unsigned  i, j;

    i = (unsigned) random() % entries_n;
    j = (i + 1 + (unsigned) random() % (entries_n - 1)) % entries_n;
    changed = entries[i];

    switch (kind) {

    case EDIT_BYTE:
        changed.data[(size_t) random() % changed.len] ^=
            (uint8_t) (1 << random() % 8);
        put_entry(txn, i, &changed);
        break;

    case EDIT_SHORT:
        changed.len -= 1 + (size_t) random() % changed.len;
        put_entry(txn, i, &changed);
        break;

    case EDIT_REMOVE:
        put_entry(txn, i, NULL);
        break;

    case EDIT_SWAP:
        put_entry(txn, i, &entries[j]);
        put_entry(txn, j, &entries[i]);
        break;

    case EDIT_CUT_OFF:
        for (j = i; j < entries_n; j++) {
            put_entry(txn, j, NULL);
        }

        break;

    default:
        put_entry(txn, entries_n, &changed);
        break;
    }
}


static void
test_edits(unsigned seed)
{
    int            kind, missed[EDIT_KINDS] = { 0 };
    unsigned       detected;
    uint64_t       held;
    cert_txn_t    *txn;
    cert_reason_t  reason;

    srandom(seed);
    detected = 0;

    for (int n = 0; n < EDITS; n++) {
        kind = n % EDIT_KINDS;

        txn = begin();
        edit(txn, kind);
        commit(txn);

        if (cert_journal_verify(f.reader, &held, &reason) == CERT_CORRUPT) {
            detected++;

        } else {
            missed[kind]++;
        }

        txn = begin();

        for (unsigned i = 0; i < entries_n; i++) {
            put_entry(txn, i, &entries[i]);
        }

        put_entry(txn, entries_n, NULL);
        commit(txn);
    }

    for (kind = 0; kind < EDIT_KINDS; kind++) {
        is_int(missed[kind], 0, "%s: it shows", edit_names[kind]);
    }

    is_int(detected, EDITS, "%u edits of the journal, seed %u: all found",
           detected, seed);
}


/* What becomes of the certificate of an entry whose bytes are changed. */
static cert_err_t
each_certificate(void *data, const cert_journal_entry_t *entry)
{
    uint8_t               body[ENTRY_MAX];
    unsigned              whole, corrupt, keyless;
    cert_err_t            err;
    cert_journal_entry_t  changed;
    static cert_certificate_t  certificate;

    if (entry->type != CERT_CHANGE_CERTIFICATE) {
        return CERT_OK;
    }

    *(unsigned *) data += 1;
    is_int(cert_journal_certificate(f.ring, entry, &certificate), CERT_OK,
           "the certificate of an entry");
    ok(certificate.has_person, "with its person");
    is_int(cert_journal_certificate(f.public_ring, entry, &certificate),
           CERT_OK, "without the key");
    ok(!certificate.has_person, "without the person");

    whole = 0;
    corrupt = 0;
    keyless = 0;
    changed = *entry;
    changed.body.data = body;

    for (size_t i = 0; i < entry->body.len; i++) {
        memcpy(body, entry->body.data, entry->body.len);
        body[i] ^= 1;
        err = cert_journal_certificate(f.ring, &changed, &certificate);
        corrupt += err == CERT_CORRUPT;
        whole += err == CERT_OK && certificate.has_person;
        keyless += err == CERT_OK && !certificate.has_person;
    }

    is_int(keyless, 1, "one byte names the key");
    is_int(whole + corrupt, entry->body.len - 1, "any other is damage, or not "
           "the person's");
    ok(corrupt > 16 + CERT_NONCE_SIZE, "tag and nonce are damage");

    return CERT_REFUSED;
}


static void
test_certificate(void)
{
    unsigned  n;
    uint64_t  from;

    n = 0;
    from = 0;
    is_int(cert_journal_list(f.reader, &from, entries_n, each_certificate, &n),
           CERT_REFUSED, "a listing ends where it is told to");
    is_int(n, 1, "at the first certificate");
}


int
main(void)
{
    char            number[16];
    uint64_t        held;
    const char     *seed;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    seed = getenv("SEED");

    fixture_init(&f);
    (void) put_qualification(&f, "会计", NULL);

    for (unsigned i = 0; i < CERTIFICATES; i++) {
        snprintf(number, sizeof(number), "N%07u", i);
        (void) put_certificate(&f, number, "张三", "11010519491231002X",
                               &outcome);
    }

    keep_entries();
    ok(entries_n > CERTIFICATES, "%u entries", entries_n);
    test_certificate();

    test_edits(seed != NULL ? (unsigned) strtoul(seed, NULL, 10) : 1);

    is_int(cert_journal_verify(f.reader, &held, &reason), CERT_OK,
           "it holds as it was");
    is_int(held, entries_n, "to its end");

    fixture_wipe(&f);

    return done_testing();
}
