/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl stat: figures of the store.
 *
 * The age of the queue and the readers are there for whoever watches a server:
 * a queue that ages means that nobody renders, readers near their maximum that
 * processes die without giving theirs back.
 */


#include "certctl_commands.h"
#include "certctl_json.h"
#include "certctl_options.h"


int
certctl_stat(certctl_t *ctl, int argc, char **argv)
{
    int                status;
    cert_err_t         err;
    certctl_args_t     args;
    cert_store_stat_t  stat;

    status = certctl_options(ctl, argc, argv, NULL, 0, 0, &args);

    if (status == 0) {
        status = certctl_open(ctl, CERT_STORE_READ);
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
        json_pack("{sosisbsIsIsIsIsIsosisisIso}",
                  "id", certctl_json_hex(stat.id, sizeof(stat.id)),
                  "schema", CERT_STORE_SCHEMA,
                  "demonstration", stat.is_demonstration,
                  "map_size", (json_int_t) stat.map_size,
                  "used", (json_int_t) stat.used,
                  "certificates", (json_int_t) stat.certificates,
                  "annotations", (json_int_t) stat.annotations,
                  "queue", (json_int_t) stat.queue,
                  "queue_oldest", certctl_json_time(ctl, stat.queue_oldest),
                  "readers", (int) stat.readers,
                  "readers_max", (int) stat.readers_max,
                  "journal", (json_int_t) stat.journal,
                  "highest", certctl_json_time(ctl, stat.highest)));
}
