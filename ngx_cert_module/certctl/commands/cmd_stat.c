/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl stat: figures of the store.
 *
 * The age of the queue and the readers are there for the operator that watches
 * a server: a queue that ages means that no process renders, readers near their
 * maximum that processes die without giving theirs back.
 */


#include "cert_figures.h"
#include "cert_read.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


static json_t *cmd_stat_certd(certctl_t *ctl);
static void cmd_stat_figures(json_t **json, const cert_figures_t *figures);


int
cmd_stat(certctl_t *ctl, int argc, char **argv)
{
    int                status;
    cert_err_t         err;
    certctl_args_t     args;
    cert_store_stat_t  stat;

    status = certctl_options(ctl, argc, argv, NULL, 0, 0, &args);

    if (status == 0) {
        status = certctl_home_open(ctl, CERT_STORE_READ);
    }

    if (status != 0) {
        return status;
    }

    err = cert_read_stat(ctl->reader, &stat);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the store: %s",
                             cert_err_name(err));
    }

    return certctl_print_object(ctl,
        json_pack("{sosisbsIsIsIsIsIsIsosisisIsoso}",
                  "id", certjson_hex(stat.id, sizeof(stat.id)),
                  "schema", CERT_STORE_SCHEMA,
                  "demonstration", stat.is_demonstration,
                  "map_size", (json_int_t) stat.map_size,
                  "used", (json_int_t) stat.used,
                  "certificates", (json_int_t) stat.certificates,
                  "matches", (json_int_t) stat.matches,
                  "annotations", (json_int_t) stat.annotations,
                  "queue", (json_int_t) stat.queue,
                  "queue_oldest", certctl_json_time(ctl, stat.queue_oldest),
                  "readers", (int) stat.readers,
                  "readers_max", (int) stat.readers_max,
                  "journal", (json_int_t) stat.journal,
                  "highest", certctl_json_time(ctl, stat.highest),
                  "certd", cmd_stat_certd(ctl)));
}


/* Null where no daemon left figures; old ones tell when it was there last. */
static json_t *
cmd_stat_certd(certctl_t *ctl)
{
    char             path[CERTCTL_PATH_MAX];
    json_t          *json;
    cert_err_t       err;
    cert_figures_t   figures;

    if (certctl_home_path(ctl, path, "store") != 0) {
        return NULL;
    }

    err = cert_figures_read(path, ctl->ring, &figures);

    if (err == CERT_NOT_FOUND) {
        return json_null();
    }

    if (err != CERT_OK) {
        return json_pack("{sbss}", "up", 0, "error", cert_err_name(err));
    }

    json = json_pack("{sbsoso}",
                     "up", cert_figures_is_up(&figures, certctl_home_clock()),
                     "started", certctl_json_time(ctl, figures.started),
                     "updated", certctl_json_time(ctl, figures.updated));

    cmd_stat_figures(&json, &figures);

    return json;
}


/* Under the names of the status page. */
static void
cmd_stat_figures(json_t **json, const cert_figures_t *figures)
{
    size_t                i;
    json_t               *refusals;
    uint64_t              value;
    const char           *name;
    const cert_figure_t  *figure;

    for (i = 0; (figure = cert_figure(i)) != NULL; i++) {
        value = cert_figure_value(figures, figure);

        certjson_set(json, figure->name,
                     figure->kind == CERT_FIGURE_RATE
                     ? json_real((double) value / 1000)
                     : json_integer((json_int_t) value));
    }

    refusals = json_object();

    for (i = 0; i < CERT_FIGURES_REFUSALS; i++) {
        name = cert_figure_refusal(i);

        if (name != NULL) {
            certjson_set(&refusals, name,
                         json_integer((json_int_t) figures->refusals[i]));
        }
    }

    certjson_set(json, "refusals", refusals);
}
