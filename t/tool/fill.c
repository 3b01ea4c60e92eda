/*
 * Copyright (C) the ngx_cert authors
 *
 * Fills a store with certificates, each with a copy that is ready, for the
 * measurements of scripts/bench: as an import and a renderer would, through
 * the one write path, but without CSV, drawing and files.
 *
 *     fill HOME FROM TO OF START SAMPLE [SIZE]
 *
 * Makes the certificates FROM to TO - 1 of OF, which are applied for one after
 * the other, OF in 80 days from START on (seconds since 1970), so that each is
 * in force at the end; of their files only the size is made up (SIZE, or
 * about 50 KB).  Then prints about SAMPLE of all from 0 on, evenly ("all"), as
 * many of their newest hundredth ("new"), and as many codes among them that
 * there are not ("none"):
 *
 *     KIND CODE SHA256 NUMBER NAME ID_NUMBER APPLIED SIZE PATH
 *
 * What is made depends on the number only: two stores of the same START and
 * OF hold the same copies.  A look-up goes to a place as random as in a store
 * that grew by itself; but entries come in the order of their keys, for ten
 * million at random places are ten million pages to write.  So digests grow
 * with the number, and holders are a thousand.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_change.h"
#include "cert_keyring_file.h"


/* Certificates in one commit; an import of certctl takes as many rows. */
#define FILL_BATCH  10000

#define FILL_DAYS   80

#define FILL_HOLDERS  1000


typedef struct {
    cert_store_t    *store;
    cert_keyring_t  *ring;
    uint64_t         i, from, to, of, sample, size, size_given, salt;
    cert_time_t      start, applied;
    cert_code_t      code;
    uint8_t          sha256[CERT_SHA256_SIZE];
    char             number[24], name[16], id_number[24];
} fill_t;


/* What is random must not repeat, but be the same again: splitmix64. */
static uint64_t
fill_mix(uint64_t n)
{
    n = (n + 1) * UINT64_C(0x9E3779B97F4A7C15);
    n = (n ^ (n >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94D049BB133111EB);

    return n ^ (n >> 31);
}


/*
 * A resident identity number with its check character; "n" is less than a
 * thousand.
 */
static void
fill_id_number(char *text, unsigned n)
{
    static const unsigned  weights[] = {
        7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2
    };

    unsigned  sum;

    sum = 0;
    snprintf(text, 18, "11010119800101%03u", n % 1000);

    for (size_t k = 0; k < 17; k++) {
        sum += weights[k] * (unsigned) (text[k] - '0');
    }

    text[17] = "10X98765432"[sum % 11];
    text[18] = '\0';
}


static void
fill_facts(fill_t *fill)
{
    static const char  *surnames[] = {
        "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"
    };
    static const char  *given[] = {
        "伟", "芳", "秀英", "娜", "建国", "敏", "静", "强", "磊", "洋"
    };

    uint64_t  word;
    uint8_t   random[CERT_CODE_RANDOM_SIZE];

    fill->applied = fill->start + (cert_time_t) (fill->i * FILL_DAYS * 86400
                                                 / fill->of);

    snprintf(fill->number, sizeof(fill->number), "2022%09llu",
             (unsigned long long) fill->i);
    snprintf(fill->name, sizeof(fill->name), "%s%s",
             surnames[fill->i % 10], given[fill->i / 10 % 10]);
    fill_id_number(fill->id_number, fill->i % FILL_HOLDERS);

    fill->size = fill->size_given != 0 ? fill->size_given
                                       : 50000 + fill->i % 1000;

    word = fill_mix(fill->i ^ fill->salt);
    memcpy(random, &word, sizeof(random));
    (void) cert_code_make(&fill->code, fill->applied, random);

    for (size_t k = 0; k < CERT_SHA256_SIZE / sizeof(word); k++) {
        word = fill_mix(~fill->i * 4 + k);
        memcpy(fill->sha256 + k * sizeof(word), &word, sizeof(word));
    }

    for (size_t k = 0; k < 6; k++) {
        fill->sha256[k] = (uint8_t) (fill->i * (UINT64_MAX / fill->of)
                                     >> (56 - 8 * k));
    }
}


static void
fill_certificate(fill_t *fill, cert_certificate_t *certificate)
{
    cert_facts_t   *facts;
    cert_person_t  *person;

    facts = &certificate->facts;
    person = &certificate->person;

    memset(certificate, 0, sizeof(*certificate));
    facts->status = CERT_STATUS_KEEP;
    (void) cert_date_parse(&facts->approved, cert_str("2022-05-15"));
    facts->number = cert_strz(fill->number);
    facts->qualification = cert_str("会计");
    facts->specialty = cert_str("");
    facts->level = cert_str("初级");
    facts->issuer = cert_str("中华人民共和国人力资源和社会保障部");

    person->id_type = CERT_ID_CN;
    person->birth_date = CERT_DATE_NONE;
    (void) cert_name_fold(&person->name, cert_strz(fill->name), NULL);
    (void) cert_id_number_fold(&person->id_number,
                               cert_strz(fill->id_number), NULL);
    (void) cert_text_fold(&person->sex, cert_str("女"), CERT_LEVEL_MAX, NULL);
}


/* Applies a change, which must not be refused. */
static cert_err_t
fill_apply(fill_t *fill, cert_txn_t *txn, cert_change_t *change,
    cert_change_type_t type)
{
    uint64_t        nonce;
    cert_err_t      err;
    cert_outcome_t  outcome;

    nonce = fill->i * 32 + type;
    memcpy(change->nonce, &nonce, sizeof(nonce));

    change->type = type;
    change->time = fill->applied;
    strcpy(change->actor, "bench");

    err = cert_change_execute(txn, change, &outcome);

    if (err != CERT_OK) {
        fprintf(stderr, "certificate %llu: change %d: %s %d\n",
                (unsigned long long) fill->i, (int) type,
                cert_err_name(err), (int) outcome.refusal);
    }

    return err;
}


static cert_err_t
fill_one(fill_t *fill, cert_txn_t *txn)
{
    cert_err_t           err;
    cert_change_t        change;
    cert_certificate_t   certificate;

    fill_certificate(fill, &certificate);

    memset(&change, 0, sizeof(change));
    change.u.certificate = &certificate;
    err = fill_apply(fill, txn, &change, CERT_CHANGE_CERTIFICATE);

    if (err == CERT_OK) {
        memset(&change, 0, sizeof(change));
        change.u.apply.number = cert_strz(fill->number);
        change.u.apply.scene = cert_str("self");
        change.u.apply.days = 90;
        change.u.apply.code = fill->code;
        err = fill_apply(fill, txn, &change, CERT_CHANGE_APPLY);
    }

    if (err == CERT_OK) {
        memset(&change, 0, sizeof(change));
        change.u.copy.code = fill->code;
        change.u.copy.size = fill->size;
        memcpy(change.u.copy.sha256, fill->sha256, CERT_SHA256_SIZE);
        err = fill_apply(fill, txn, &change, CERT_CHANGE_READY);
    }

    return err;
}


static void
fill_line(fill_t *fill, const char *kind)
{
    char  code[CERT_CODE_TEXT_SIZE], path[CERT_CODE_PATH_SIZE];

    fill_facts(fill);
    cert_code_format(&fill->code, code);
    cert_code_path(&fill->code, path);
    printf("%s\t%s\t", kind, code);

    for (size_t k = 0; k < CERT_SHA256_SIZE; k++) {
        printf("%02x", fill->sha256[k]);
    }

    printf("\t%s\t%s\t%s\t%lld\t%llu\t%s\n", fill->number, fill->name,
           fill->id_number, (long long) fill->applied,
           (unsigned long long) fill->size, path);
}


/* True for about "sample" of so many, spread evenly. */
static int
fill_is_sampled(uint64_t i, uint64_t of, uint64_t sample)
{
    return of <= sample || i * sample / of != (i + 1) * sample / of;
}


static void
fill_print(fill_t *fill)
{
    uint64_t  newest;

    newest = fill->to / 100 > 0 ? fill->to / 100 : 1;

    for (fill->i = 0; fill->i < fill->to; fill->i++) {
        if (fill_is_sampled(fill->i, fill->to, fill->sample)) {
            fill_line(fill, "all");

            fill->salt = UINT64_C(1) << 63;
            fill_line(fill, "none");
            fill->salt = 0;
        }

        if (fill->i >= fill->to - newest
            && fill_is_sampled(fill->i, newest, fill->sample))
        {
            fill_line(fill, "new");
        }
    }
}


static cert_err_t
fill_run(fill_t *fill)
{
    cert_err_t      err;
    cert_txn_t     *txn;
    cert_reason_t   reason;

    err = CERT_OK;
    fill->i = fill->from;

    while (err == CERT_OK && fill->i < fill->to) {

        err = cert_txn_begin(&txn, fill->store, &reason);
        if (err != CERT_OK) {
            break;
        }

        for (int n = 0; err == CERT_OK && n < FILL_BATCH
                        && fill->i < fill->to; n++, fill->i++)
        {
            fill_facts(fill);
            err = fill_one(fill, txn);
        }

        if (err != CERT_OK) {
            cert_txn_abort(txn);
            return err;
        }

        err = cert_txn_commit(txn, &reason);
    }

    if (err != CERT_OK) {
        fprintf(stderr, "%s: %s\n", cert_err_name(err), reason.text);
    }

    return err;
}


static cert_err_t
fill_open(fill_t *fill, const char *home)
{
    char           path[4096];
    cert_err_t     err;
    cert_reason_t  reason;

    fill->ring = cert_keyring_create();

    snprintf(path, sizeof(path), "%s/keys/public.keys", home);
    err = cert_keyring_read(fill->ring, path, &reason);

    if (err == CERT_OK) {
        snprintf(path, sizeof(path), "%s/keys/private.keys", home);
        err = cert_keyring_read(fill->ring, path, &reason);
    }

    if (err == CERT_OK) {
        snprintf(path, sizeof(path), "%s/store", home);
        err = cert_store_open(&fill->store, path, CERT_STORE_WRITE,
                              fill->ring, &reason);
    }

    if (err != CERT_OK) {
        fprintf(stderr, "%s: %s\n", cert_err_name(err), reason.text);
    }

    return err;
}


int
main(int argc, char **argv)
{
    fill_t      fill;
    cert_err_t  err;

    if (argc != 7 && argc != 8) {
        fprintf(stderr, "usage: fill HOME FROM TO OF START "
                "SAMPLE [SIZE]\n");
        return 2;
    }

    memset(&fill, 0, sizeof(fill));
    fill.from = strtoull(argv[2], NULL, 10);
    fill.to = strtoull(argv[3], NULL, 10);
    fill.of = strtoull(argv[4], NULL, 10);
    fill.start = strtoll(argv[5], NULL, 10);
    fill.sample = strtoull(argv[6], NULL, 10);
    fill.size_given = argc == 8 ? strtoull(argv[7], NULL, 10) : 0;

    err = fill_open(&fill, argv[1]);

    if (err == CERT_OK) {
        err = fill_run(&fill);
    }

    if (err == CERT_OK) {
        fill_print(&fill);
    }

    cert_store_close(fill.store);
    cert_keyring_destroy(fill.ring);

    return err != CERT_OK;
}
