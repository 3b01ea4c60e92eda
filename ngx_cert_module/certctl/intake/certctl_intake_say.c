/*
 * Copyright (C) the ngx_cert authors
 *
 * The summary of an intake, in words and as JSON.
 */


#include "certctl_intake_say.h"
#include "certctl_json.h"
#include "certctl_output.h"


static int certctl_intake_has_run(const certctl_intake_t *intake);
static json_t *certctl_intake_json(const certctl_intake_t *intake, double sec,
    double rate);


uint64_t
certctl_intake_sum(const certctl_counts_t *counts)
{
    return counts->created + counts->corrected + counts->unchanged;
}


/* The rate counts refused rows too: they cost as much. */
int
certctl_intake_say(const certctl_intake_t *intake)
{
    int                      status;
    double                   sec, rate;
    uint64_t                 rejected;
    const certctl_counts_t  *counts;

    counts = &intake->committed;
    rejected = intake->rejects.n;

    sec = (double) (certctl_clock_ms() - intake->progress.started_ms) / 1000;
    sec = sec > 0.001 ? sec : 0.001;

    rate = (double) (certctl_intake_sum(counts) + rejected) / sec;

    status = intake->ctl->is_json
             ? certctl_print(certctl_intake_json(intake, sec, rate)) : 0;

    if (!intake->ctl->is_json) {
        printf("%snew %llu, corrected %llu, unchanged %llu, rejected %llu; "
               "%.1f s, %.0f rows/s\n",
               intake->options.is_check ? "nothing was imported: " : "",
               (unsigned long long) counts->created,
               (unsigned long long) counts->corrected,
               (unsigned long long) counts->unchanged,
               (unsigned long long) rejected, sec, rate);
        certctl_survey_print(intake->survey);

        if (certctl_intake_has_run(intake)) {
            printf("run %llu\n", (unsigned long long) intake->run);
        }
    }

    if (rejected > 0) {
        fprintf(stderr, "certctl: %llu rows rejected, see \"%s\"\n",
                (unsigned long long) rejected, intake->rejects.path);
    }

    return status != 0 ? status : rejected > 0 ? CERTCTL_NO : CERTCTL_YES;
}


/* True if there is something that can be taken back. */
static int
certctl_intake_has_run(const certctl_intake_t *intake)
{
    return !intake->options.is_check && intake->committed.created
           + intake->committed.corrected > 0;
}


static json_t *
certctl_intake_json(const certctl_intake_t *intake, double sec, double rate)
{
    json_t                  *json;
    const certctl_counts_t  *counts;

    counts = &intake->committed;

    json = json_pack("{sIsIsIsIsfsIsosssb}",
                     "new", (json_int_t) counts->created,
                     "corrected", (json_int_t) counts->corrected,
                     "unchanged", (json_int_t) counts->unchanged,
                     "rejected", (json_int_t) intake->rejects.n,
                     "seconds", sec, "rows_per_second", (json_int_t) rate,
                     "rejects", intake->rejects.n > 0
                                ? certctl_json_path(intake->rejects.path)
                                : json_null(),
                     "form", intake->table->form,
                     "check", intake->options.is_check);

    certjson_set(&json, "run", certctl_intake_has_run(intake)
                 ? json_integer((json_int_t) intake->run) : json_null());
    certctl_survey_json(intake->survey, &json);

    return json;
}
