/*
 * Copyright (C) the ngx_cert authors
 *
 * The daemon in the status page: figures it leaves beside the store.  The
 * workers never talk to it, so a daemon that hangs delays no answer here;
 * figures that grow old show that it is gone.
 */


#include "ngx_http_cert_certd.h"
#include "ngx_http_cert_request.h"


/* What a figure of each kind is called and looks like as a metric. */
typedef struct {
    size_t       strip;     /* bytes at the end of its name */
    const char  *suffix;
    const char  *type;
    ngx_uint_t   is_milli;  /* thousandths of the unit */
} ngx_http_cert_unit_t;


static u_char *ngx_http_cert_certd_number(u_char *p, u_char *last,
    uint64_t value, ngx_uint_t is_milli);


static const ngx_http_cert_unit_t  ngx_http_cert_units[CERT_FIGURE_KINDS] = {
    { 0, "", "gauge", 0 },
    { 0, "_total", "counter", 0 },
    { sizeof("_per_sec") - 1, "_per_second", "gauge", 1 },
    { sizeof("_sec") - 1, "_seconds", "gauge", 0 },
    { sizeof("_ms") - 1, "_seconds", "gauge", 1 }
};


void
ngx_http_cert_certd_read(ngx_http_request_t *r, ngx_http_cert_certd_t *certd)
{
    ngx_http_cert_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_cert_module);

    certd->err = cert_figures_read((char *) mcf->store.data, mcf->keyring,
                                   &certd->figures);
    certd->age = cert_figures_age(&certd->figures, ngx_time());

    certd->is_up = certd->err == CERT_OK
                   && cert_figures_is_up(&certd->figures, ngx_time());
}


u_char *
ngx_http_cert_certd_json(u_char *p, u_char *last,
    ngx_http_cert_certd_t *certd)
{
    size_t                i;
    const char           *reason, *comma;
    const cert_figure_t  *figure;

    p = ngx_slprintf(p, last, ",\"certd\":{\"up\":%s",
                     certd->is_up ? "true" : "false");

    if (certd->err == CERT_OK) {
        p = ngx_slprintf(p, last, ",\"age_sec\":%uL", certd->age);

    } else if (certd->err != CERT_NOT_FOUND) {
        p = ngx_slprintf(p, last, ",\"error\":\"%s\"",
                         cert_err_name(certd->err));
    }

    if (!certd->is_up) {
        return ngx_slprintf(p, last, "}");
    }

    p = ngx_slprintf(p, last, ",\"uptime_sec\":%L",
                     certd->figures.updated - certd->figures.started);

    for (i = 0; (figure = cert_figure(i)) != NULL; i++) {
        p = ngx_slprintf(p, last, ",\"%s\":", figure->name);
        p = ngx_http_cert_certd_number(p, last,
                                cert_figure_value(&certd->figures, figure),
                                figure->kind == CERT_FIGURE_RATE);
    }

    p = ngx_slprintf(p, last, ",\"refusals\":{");
    comma = "";

    for (i = 0; i < CERT_FIGURES_REFUSALS; i++) {
        reason = cert_figure_refusal(i);

        if (reason != NULL) {
            p = ngx_slprintf(p, last, "%s\"%s\":%uL", comma, reason,
                             certd->figures.refusals[i]);
            comma = ",";
        }
    }

    return ngx_slprintf(p, last, "}}");
}


u_char *
ngx_http_cert_certd_prometheus(u_char *p, u_char *last,
    ngx_http_cert_certd_t *certd)
{
    size_t                       i, len;
    const char                  *reason;
    const cert_figure_t         *figure;
    const ngx_http_cert_unit_t  *unit;

    p = ngx_slprintf(p, last,
                     "# HELP ngx_cert_certd_up Whether the daemon runs."
                     "\n# TYPE ngx_cert_certd_up gauge"
                     "\nngx_cert_certd_up %ui\n", certd->is_up);

    if (!certd->is_up) {
        return p;
    }

    p = ngx_slprintf(p, last, "# HELP ngx_cert_certd_start_time_seconds "
                     "When it was started."
                     "\n# TYPE ngx_cert_certd_start_time_seconds gauge"
                     "\nngx_cert_certd_start_time_seconds %L\n",
                     certd->figures.started);

    for (i = 0; (figure = cert_figure(i)) != NULL; i++) {
        unit = &ngx_http_cert_units[figure->kind];
        len = ngx_strlen(figure->name) - unit->strip;

        p = ngx_slprintf(p, last, "# HELP ngx_cert_certd_%*s%s %s\n"
                         "# TYPE ngx_cert_certd_%*s%s %s\n"
                         "ngx_cert_certd_%*s%s ",
                         len, figure->name, unit->suffix, figure->about,
                         len, figure->name, unit->suffix, unit->type,
                         len, figure->name, unit->suffix);

        p = ngx_http_cert_certd_number(p, last,
                                cert_figure_value(&certd->figures, figure),
                                unit->is_milli);
        p = ngx_slprintf(p, last, "\n");
    }

    p = ngx_slprintf(p, last, "# HELP ngx_cert_certd_refusals_total "
                     "Changes that a rule forbids, by the rule.\n"
                     "# TYPE ngx_cert_certd_refusals_total counter\n");

    for (i = 0; i < CERT_FIGURES_REFUSALS; i++) {
        reason = cert_figure_refusal(i);

        if (reason != NULL) {
            p = ngx_slprintf(p, last,
                             "ngx_cert_certd_refusals_total{reason=\"%s\"} "
                             "%uL\n", reason, certd->figures.refusals[i]);
        }
    }

    return p;
}


/* Whole seconds and events are what scrapers want; digits keep the rest. */
static u_char *
ngx_http_cert_certd_number(u_char *p, u_char *last, uint64_t value,
    ngx_uint_t is_milli)
{
    if (is_milli) {
        return ngx_slprintf(p, last, "%uL.%03uL", value / 1000, value % 1000);
    }

    return ngx_slprintf(p, last, "%uL", value);
}
