/*
 * Copyright (C) the ngx_cert authors
 *
 * Writes figures as the daemon does, for t/30-status.t.
 *
 *     figures STORE KEYRING [NAME=VALUE ...]
 *
 * NAME is "started", "updated", a figure's, or a refusal's.
 */


#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_figures.h"
#include "cert_keyring_file.h"


/* Where the number of this name is; NULL if there is none. */
static uint64_t *
place_of(cert_figures_t *figures, const char *name, size_t len)
{
    const char           *refusal;
    const cert_figure_t  *figure;

    if (strncmp(name, "started=", len + 1) == 0) {
        return (uint64_t *) &figures->started;
    }

    if (strncmp(name, "updated=", len + 1) == 0) {
        return (uint64_t *) &figures->updated;
    }

    for (size_t i = 0; (figure = cert_figure(i)) != NULL; i++) {
        if (strlen(figure->name) == len
            && memcmp(figure->name, name, len) == 0)
        {
            return (uint64_t *) (void *) ((char *) figures + figure->offset);
        }
    }

    for (size_t i = 0; i < CERT_FIGURES_REFUSALS; i++) {
        refusal = cert_figure_refusal(i);

        if (refusal != NULL && strlen(refusal) == len
            && memcmp(refusal, name, len) == 0)
        {
            return &figures->refusals[i];
        }
    }

    return NULL;
}


int
main(int argc, char **argv)
{
    uint64_t        *place;
    cert_err_t       err;
    const char      *value;
    cert_reason_t    reason;
    cert_figures_t   figures;
    cert_keyring_t  *ring;

    if (argc == 1) {
        fprintf(stderr, "usage: figures STORE KEYRING [NAME=VALUE ...]\n");
        return 2;
    }

    memset(&figures, 0, sizeof(figures));

    for (int i = 3; i < argc; i++) {
        value = strchr(argv[i], '=');
        place = value == NULL ? NULL
                              : place_of(&figures, argv[i],
                                         (size_t) (value - argv[i]));

        if (place == NULL) {
            fprintf(stderr, "what is \"%s\"?\n", argv[i]);
            return 2;
        }

        *place = strtoull(value + 1, NULL, 10);
    }

    ring = cert_keyring_create();
    err = cert_keyring_read(ring, argv[2], &reason);

    if (err == CERT_OK) {
        err = cert_figures_write(argv[1], ring, &figures, &reason);
    }

    if (err != CERT_OK) {
        fprintf(stderr, "%s: %s\n", cert_err_name(err), reason.text);
    }

    cert_keyring_destroy(ring);

    return err != CERT_OK;
}
