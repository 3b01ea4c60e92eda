/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl journal: what was done, by whom and when; and proof that none of it
 * was edited, removed or moved.
 *
 * Listing reads the entries as they are and proves nothing, so a damaged
 * journal can still be looked at; proving is a command of its own, which reads
 * the whole and takes its time.
 *
 * An entry is printed as one line with its free text last, so that grep and
 * cut do for most questions.  Times are in the zone of the policy.
 */


#include "cert_journal.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Entries in one snapshot. */
#define CMD_JOURNAL_BATCH  1000


static int cmd_journal_list(certctl_t *ctl, uint64_t from,
    uint64_t limit);
static cert_err_t cmd_journal_each(void *data,
    const cert_journal_entry_t *entry);
static int cmd_journal_verify(certctl_t *ctl);


int
cmd_journal(certctl_t *ctl, int argc, char **argv)
{
    int             status, is_verify;
    uint64_t        from, limit;
    certctl_args_t  args;

    from = 1;
    limit = UINT64_MAX;

    certctl_option_t  list[] = {
        { "from", CERTCTL_COUNT, &from },
        { "limit", CERTCTL_COUNT, &limit },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    is_verify = strcmp(args.v[0], "verify") == 0;

    if (!is_verify && strcmp(args.v[0], "list") != 0) {
        return certctl_usage(ctl, "\"%s\" is neither list nor verify",
                             args.v[0]);
    }

    status = certctl_home_open(ctl, CERT_STORE_SCAN);

    if (status == 0) {
        status = is_verify ? cmd_journal_verify(ctl)
                           : cmd_journal_list(ctl, from, limit);
    }

    return status;
}


/* A snapshot each batch: a slow reader of a pipe keeps no pages in use. */
static int
cmd_journal_list(certctl_t *ctl, uint64_t from, uint64_t limit)
{
    size_t      n;
    cert_err_t  err;

    err = CERT_OK;

    while (limit > 0 && err == CERT_OK) {
        n = limit < CMD_JOURNAL_BATCH ? (size_t) limit
                                          : CMD_JOURNAL_BATCH;
        limit -= n;

        err = cert_journal_list(ctl->reader, &from, n, cmd_journal_each,
                                ctl);
    }

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "entry %llu: %s",
                             (unsigned long long) from, cert_err_name(err));
    }

    return 0;
}


/* Called within a snapshot: prints and does nothing else. */
static cert_err_t
cmd_journal_each(void *data, const cert_journal_entry_t *entry)
{
    certctl_t *ctl = data;

    char  text[CERT_TIME_TEXT_SIZE];

    if (ctl->is_json) {
        return certctl_print(json_pack("{sIsosososssoso}",
                   "sequence", (json_int_t) entry->sequence,
                   "time", certctl_json_time(ctl, entry->time),
                   "actor", certjson_str(entry->actor),
                   "subject", certjson_str(entry->subject),
                   "change", cert_change_type_name(entry->type),
                   "detail", certjson_str(entry->detail),
                   "chain", certjson_hex(entry->chain,
                                         CERT_SHA256_SIZE))) == 0
               ? CERT_OK : CERT_SYSTEM;
    }

    cert_time_format(entry->time, ctl->policy.utc_offset_sec, text);

    printf("%llu %s %.*s %s %.*s %.*s\n",
           (unsigned long long) entry->sequence, text,
           (int) entry->actor.len, (const char *) entry->actor.data,
           cert_change_type_name(entry->type), (int) entry->subject.len,
           (const char *) entry->subject.data, (int) entry->detail.len,
           (const char *) entry->detail.data);

    return CERT_OK;
}


/* A chain that breaks is an answer and not a failure to look: status 1. */
static int
cmd_journal_verify(certctl_t *ctl)
{
    uint64_t        entries;
    cert_err_t      err;
    cert_reason_t   reason;

    err = cert_journal_verify(ctl->reader, &entries, &reason);

    if (err == CERT_CORRUPT) {
        (void) certctl_error(ctl, err, "the journal does not verify: %s",
                             reason.text);
        return CERTCTL_NO;
    }

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the journal: %s",
                             reason.text);
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sssI}", "result", "ok", "entries",
                                       (json_int_t) entries));
    }

    printf("%llu entries, the chain is intact\n", (unsigned long long) entries);

    return 0;
}
