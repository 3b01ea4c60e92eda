/*
 * Copyright (C) the ngx_cert authors
 *
 * Validity and quota.
 *
 * Both count calendar days of the policy's time zone.  The quota asks how
 * many applications lie in the window that ends today; the next slot is free
 * when so many of them have left it that fewer than the quota remain, which
 * is when the quota-th latest to leave does.
 *
 * A counter per certificate was rejected: it would have to be moved by time as
 * well as by changes, and a wrong one could not be told from a right one.  The
 * annotations themselves are counted, which are few (three in 90 days), inside
 * the transaction that applies; only there is the answer binding.
 */


#include "cert_annotation_int.h"
#include "cert_list_int.h"
#include "cert_store_int.h"


/* The highest quota that a policy takes, see cert_policy_fields.c. */
#define CERT_QUOTA_MAX  100

typedef struct {
    const cert_policy_t  *policy;
    cert_time_t           now;
    int                   of_originals;
    uint32_t              used;
    uint32_t              latest_n;
    cert_time_t           latest[CERT_QUOTA_MAX];   /* descending */
} cert_quota_walk_t;


static int cert_annotation_is_counted(const cert_policy_t *policy,
    const cert_annotation_t *annotation, cert_time_t now);
static cert_time_t cert_annotation_frees(const cert_policy_t *policy,
    const cert_annotation_t *annotation);
static cert_time_t cert_quota_leaves(const cert_policy_t *policy,
    const cert_annotation_t *annotation);
static cert_err_t cert_quota_visit(void *data,
    const cert_annotation_t *annotation);
static void cert_quota_note(cert_quota_walk_t *walk, cert_time_t frees);


cert_time_t
cert_annotation_expires(cert_time_t applied, uint32_t days,
    int32_t utc_offset_sec)
{
    cert_date_t  day;

    day = cert_time_date(applied, utc_offset_sec);

    /*
     * The day of application is not one of "days", the last one counts whole.
     */
    return cert_date_time(day + (cert_date_t) days + 1, utc_offset_sec);
}


cert_date_t
cert_annotation_last_day(cert_time_t expires, int32_t utc_offset_sec)
{
    return cert_time_date(expires - 1, utc_offset_sec);
}


static int
cert_annotation_is_counted(const cert_policy_t *policy,
    const cert_annotation_t *annotation, cert_time_t now)
{
    if (annotation->is_original
        || annotation->state == CERT_ANNOTATION_FAILED)
    {
        return 0;
    }

    if (policy->quota_reading == CERT_QUOTA_LIVE
        && annotation->state == CERT_ANNOTATION_WITHDRAWN)
    {
        return 0;
    }

    return now < cert_annotation_frees(policy, annotation);
}


/* First instant at which an annotation that counts no longer does. */
static cert_time_t
cert_annotation_frees(const cert_policy_t *policy,
    const cert_annotation_t *annotation)
{
    return policy->quota_reading == CERT_QUOTA_LIVE
           ? annotation->expires : cert_quota_leaves(policy, annotation);
}


/* When its day leaves the window. */
static cert_time_t
cert_quota_leaves(const cert_policy_t *policy,
    const cert_annotation_t *annotation)
{
    cert_date_t  day;

    /* D counts what lies in D-89..D, so a day counts for 90 days. */
    day = cert_time_date(annotation->applied, policy->utc_offset_sec);

    return cert_date_time(day + (cert_date_t) policy->quota_days,
                          policy->utc_offset_sec);
}


cert_err_t
cert_annotation_quota(cert_reader_t *reader, cert_str_t number,
    cert_time_t now, cert_quota_t *quota)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_quota_count(reader->store, reader->txn, &reader->policy,
                           number, now, 0, quota);

    cert_reader_end(reader);

    return err;
}


cert_err_t
cert_quota_count(cert_store_t *store, MDB_txn *txn,
    const cert_policy_t *policy, cert_str_t number, cert_time_t now,
    int of_originals, cert_quota_t *quota)
{
    cert_err_t         err;
    cert_quota_walk_t  walk;

    if (number.len == 0 || number.len > CERT_NUMBER_MAX) {
        return CERT_NOT_FOUND;
    }

    walk.policy = policy;
    walk.now = now;
    walk.of_originals = of_originals;
    walk.used = 0;
    walk.latest_n = 0;

    err = cert_walk_annotations(store, txn, number, cert_quota_visit, &walk);
    if (err != CERT_OK) {
        return err;
    }

    quota->used = walk.used;
    quota->left = walk.used < policy->quota ? policy->quota - walk.used : 0;
    /*
     * All used: the next slot is free when quota - 1 are left, so when the
     * quota-th latest goes.  There are as many, since quota <= CERT_QUOTA_MAX.
     */
    quota->next_slot = quota->left ? 0 : walk.latest[policy->quota - 1];

    return CERT_OK;
}


/*
 * Failed applications and originals take no slot; what a holder withdrew does
 * under the reading "applied", or withdrawing would be a way round the quota.
 *
 * Originals are counted among themselves, whatever became of them and under
 * either reading: one that is asked for, withdrawn and asked for again, or that
 * cannot be made, costs a job and a record each time.
 */
static cert_err_t
cert_quota_visit(void *data, const cert_annotation_t *annotation)
{
    cert_quota_walk_t  *walk = data;

    cert_time_t         frees;

    if (walk->of_originals) {
        frees = cert_quota_leaves(walk->policy, annotation);

        if (!annotation->is_original || walk->now >= frees) {
            return CERT_OK;
        }

    } else {
        frees = cert_annotation_frees(walk->policy, annotation);

        if (!cert_annotation_is_counted(walk->policy, annotation, walk->now)) {
            return CERT_OK;
        }
    }

    walk->used++;
    cert_quota_note(walk, frees);

    return CERT_OK;
}


/* Keeps the latest times, as many as the quota can ask for. */
static void
cert_quota_note(cert_quota_walk_t *walk, cert_time_t frees)
{
    uint32_t  i;

    if (walk->latest_n < CERT_QUOTA_MAX) {
        i = walk->latest_n++;

    } else if (frees > walk->latest[CERT_QUOTA_MAX - 1]) {
        i = CERT_QUOTA_MAX - 1;

    } else {
        return;
    }

    while (i > 0 && walk->latest[i - 1] < frees) {
        walk->latest[i] = walk->latest[i - 1];
        i--;
    }

    walk->latest[i] = frees;
}
