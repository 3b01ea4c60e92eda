/*
 * Copyright (C) the ngx_cert authors
 *
 * A store of its own for a unit test, in a new folder that is removed again.
 */


#ifndef STORE_H_INCLUDED
#define STORE_H_INCLUDED


#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cert_change.h"
#include "cert_check.h"
#include "cert_create.h"
#include "cert_keyring_file.h"
#include "tap.h"


typedef struct {
    char             path[400];     /* of the folder that holds "store" */
    char             store_path[408];
    cert_keyring_t  *ring;
    cert_keyring_t  *public_ring;   /* the same without the private keys */
    cert_store_t    *store;
    cert_reader_t   *reader;
    unsigned         counter;       /* makes nonces and codes differ */
} fixture_t;


static inline cert_time_t
at(const char *text)
{
    cert_time_t  time = 0;

    (void) cert_time_parse(&time, cert_strz(text), 8 * 3600);

    return time;
}


static inline cert_date_t
day(const char *text)
{
    cert_date_t  date = CERT_DATE_NONE;

    (void) cert_date_parse(&date, cert_strz(text));

    return date;
}


static inline void
fixture_open(fixture_t *f, cert_store_mode_t mode)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = cert_store_open(&f->store, f->store_path, mode, f->ring, &reason);

    if (err == CERT_OK) {
        err = cert_reader_open(&f->reader, f->store, &reason);
    }

    if (err != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }
}


static inline void
fixture_close(fixture_t *f)
{
    cert_reader_close(f->reader);
    cert_store_close(f->store);
    f->reader = NULL;
    f->store = NULL;
}


/* A keyring with the keys of these uses; all have the same secrets. */
static inline cert_keyring_t *
ring_of(unsigned uses)
{
    uint8_t          secret[CERT_KEY_SIZE], id;
    cert_keyring_t  *ring;

    ring = cert_keyring_create();

    for (unsigned use = 0; use < CERT_KEY_USES; use++) {
        memset(secret, (int) use + 1, sizeof(secret));

        if (uses & CERT_KEY_BIT(use)) {
            (void) cert_keyring_add(ring, use, CERT_KEY_ACTIVE, 1, secret,
                                    &id);
        }
    }

    return ring;
}


/* In a container the folder of tests may lie in its layers. */
static inline void
fixture_place(const fixture_t *f)
{
    char           file[432];
    FILE          *fp;
    struct statfs  fs;

    if (statfs(f->path, &fs) == -1 || fs.f_type != 0x794c7630) {
        return;
    }

    snprintf(file, sizeof(file), "%s/filesystem", f->store_path);
    (void) mkdir(f->store_path, 0700);
    fp = fopen(file, "w");

    if (fp != NULL) {
        fputs("overlayfs\n", fp);
        fclose(fp);
    }
}


static inline void
fixture_init_size(fixture_t *f, uint64_t map_size)
{
    cert_reason_t         reason;
    cert_store_options_t  options;

    memset(f, 0, sizeof(*f));
    snprintf(f->path, sizeof(f->path), "%s/cert-unit-XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");

    if (mkdtemp(f->path) == NULL) {
        printf("Bail out! mkdtemp() failed\n");
        exit(1);
    }

    snprintf(f->store_path, sizeof(f->store_path), "%s/store", f->path);

    fixture_place(f);

    f->ring = ring_of(CERT_KEYS_PUBLIC | CERT_KEYS_PRIVATE);
    f->public_ring = ring_of(CERT_KEYS_PUBLIC);

    memset(&options, 0, sizeof(options));
    options.map_size = map_size;
    options.gid = -1;
    options.now = at("2022-01-01");
    options.id[0] = 7;
    cert_policy_init(&options.policy);

    if (cert_store_create(f->store_path, &options, f->ring, &reason)
        != CERT_OK)
    {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }

    fixture_open(f, CERT_STORE_WRITE);
}


static inline void
fixture_init(fixture_t *f)
{
    fixture_init_size(f, 64 << 20);
}


/* The keys as files of the home, for what reads them there. */
static inline void
fixture_keys(const fixture_t *f)
{
    char  path[700];

    snprintf(path, sizeof(path), "%s/keys", f->path);
    (void) mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/keys/public.keys", f->path);
    (void) cert_keyring_write(f->ring, CERT_KEYS_PUBLIC, path, 0, -1, -1,
                              NULL);
    snprintf(path, sizeof(path), "%s/keys/private.keys", f->path);
    (void) cert_keyring_write(f->ring, CERT_KEYS_PRIVATE, path, 0, -1, -1,
                              NULL);
}


/* Keys that are not there are gone as well. */
static inline void
fixture_keys_wipe(const fixture_t *f)
{
    char  path[700];

    snprintf(path, sizeof(path), "%s/keys/public.keys", f->path);
    (void) unlink(path);
    snprintf(path, sizeof(path), "%s/keys/private.keys", f->path);
    (void) unlink(path);
    snprintf(path, sizeof(path), "%s/keys", f->path);
    (void) rmdir(path);
}


static inline void
fixture_wipe(fixture_t *f)
{
    char            name[700];
    DIR            *dir;
    struct dirent  *entry;

    if (f->store != NULL) {
        fixture_close(f);
    }

    dir = opendir(f->store_path);

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        snprintf(name, sizeof(name), "%s/%s", f->store_path, entry->d_name);
        (void) unlink(name);
    }

    if (dir != NULL) {
        (void) closedir(dir);
    }

    snprintf(name, sizeof(name), "%s.mark", f->store_path);
    (void) unlink(name);

    fixture_keys_wipe(f);

    (void) rmdir(f->store_path);
    (void) rmdir(f->path);

    cert_keyring_destroy(f->ring);
    cert_keyring_destroy(f->public_ring);
}


/* A change with time and a nonce of its own. */
static inline cert_change_t
change(fixture_t *f, cert_change_type_t type, const char *time)
{
    cert_change_t  c;

    memset(&c, 0, sizeof(c));
    c.type = type;
    c.time = at(time);
    strcpy(c.actor, "unit");
    f->counter++;
    memcpy(c.nonce, &f->counter, sizeof(f->counter));

    return c;
}


/* Applies a change in a transaction of its own. */
static inline cert_err_t
apply(fixture_t *f, const cert_change_t *c, cert_outcome_t *outcome)
{
    cert_err_t     err;
    cert_txn_t    *txn;
    cert_reason_t  reason;

    err = cert_txn_begin(&txn, f->store, &reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_change_execute(txn, c, outcome);

    if (err != CERT_OK) {
        cert_txn_abort(txn);
        return err;
    }

    return cert_txn_commit(txn, &reason);
}


static inline cert_code_t
code_of(fixture_t *f, const char *time)
{
    uint8_t      random[CERT_CODE_RANDOM_SIZE];
    cert_code_t  code;

    memset(random, 0x5a, sizeof(random));
    f->counter++;
    memcpy(random + 1, &f->counter, sizeof(f->counter));
    (void) cert_code_make(&code, at(time), random);

    return code;
}


static inline cert_err_t
put_qualification(fixture_t *f, const char *name, const char *from)
{
    const char            *why;
    cert_change_t          c;
    cert_outcome_t         outcome;
    cert_qualification_t   q;

    c = change(f, CERT_CHANGE_QUALIFICATION, "2022-01-01");

    (void) cert_text_fold(&q.name, cert_strz(name), CERT_TEXT_MAX, &why);
    (void) cert_text_fold(&q.issuer, cert_str("部"), CERT_TEXT_MAX, &why);
    (void) cert_text_fold(&q.seal, cert_str("ministry"), CERT_TEXT_MAX, &why);
    (void) cert_text_fold(&q.face, cert_str("ministry"), CERT_TEXT_MAX, &why);
    q.annotated_from = from == NULL ? CERT_DATE_NONE : day(from);
    c.u.qualification = &q;

    return apply(f, &c, &outcome);
}


/* A certificate of "会计" with this number, name and document number. */
static inline void
certificate_of(cert_certificate_t *certificate, const char *number,
    const char *name, const char *id_number)
{
    const char  *why;

    memset(certificate, 0, sizeof(*certificate));
    certificate->facts.status = CERT_STATUS_KEEP;
    certificate->facts.approved = day("2022-05-15");
    certificate->facts.number = cert_strz(number);
    certificate->facts.qualification = cert_str("会计");
    certificate->facts.specialty = cert_str("");
    certificate->facts.level = cert_str("初级");
    certificate->facts.issuer = cert_str("部");
    certificate->person.birth_date = day("1990-01-01");
    certificate->person.id_type = CERT_ID_CN;

    (void) cert_name_fold(&certificate->person.name, cert_strz(name), &why);
    (void) cert_id_number_fold(&certificate->person.id_number,
                               cert_strz(id_number), &why);
    (void) cert_text_fold(&certificate->person.sex, cert_str("女"),
                          CERT_LEVEL_MAX, &why);
}


static inline cert_err_t
put_certificate(fixture_t *f, const char *number, const char *name,
    const char *id_number, cert_outcome_t *outcome)
{
    cert_change_t        c;
    cert_certificate_t   certificate;

    certificate_of(&certificate, number, name, id_number);
    c = change(f, CERT_CHANGE_CERTIFICATE, "2022-06-01");
    c.u.certificate = &certificate;

    return apply(f, &c, outcome);
}


static inline cert_err_t
annotate(fixture_t *f, const char *number, const char *time, unsigned days,
    cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_APPLY, time);
    c.u.apply.number = cert_strz(number);
    c.u.apply.scene = cert_str("self");
    c.u.apply.days = days;
    c.u.apply.code = code_of(f, time);

    return apply(f, &c, outcome);
}


static inline cert_err_t
make_ready(fixture_t *f, const cert_code_t *code, const char *time,
    uint8_t fill, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_READY, time);
    c.u.copy.code = *code;
    c.u.copy.size = 1000 + fill;
    memset(c.u.copy.sha256, fill, CERT_SHA256_SIZE);

    return apply(f, &c, outcome);
}


static inline cert_err_t
set_status(fixture_t *f, const char *number, cert_status_t status,
    const char *by, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_STATUS, "2022-06-02");
    c.u.status.number = cert_strz(number);
    c.u.status.status = status;
    c.u.status.replaced_by = cert_strz(by);

    return apply(f, &c, outcome);
}


/* A change that only needs a code. */
static inline cert_err_t
end_copy(fixture_t *f, cert_change_type_t type, const cert_code_t *code,
    const char *time, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, type, time);
    c.u.copy.code = *code;

    return apply(f, &c, outcome);
}


#endif /* STORE_H_INCLUDED */
