/*
 * Copyright (C) the ngx_cert authors
 *
 * What an import comes to, for the one that decides whether it is right: rows
 * refused by reason, the first that change a certificate, and what looks odd.
 *
 * No value of a person is in it but what a public answer shows.
 */


#ifndef CERTCTL_SURVEY_H_INCLUDED
#define CERTCTL_SURVEY_H_INCLUDED


#include <jansson.h>

#include "cert_text.h"


/* Changed rows that are told field by field. */
#define CERTCTL_SURVEY_CHANGES  20

typedef struct certctl_survey_s  certctl_survey_t;

/* What may look odd about a row. */
typedef enum {
    CERTCTL_ODD_DATE = 0,       /* of approval, too early */
    CERTCTL_ODD_AGE,            /* of the holder then */
    CERTCTL_ODDS
} certctl_odd_t;


/* NULL without memory; "key" is random, as for certctl_seen_create(). */
certctl_survey_t *certctl_survey_create(const uint64_t key[2]);
void certctl_survey_destroy(certctl_survey_t *survey);

/* A refused row: "column" may be empty. */
void certctl_survey_refused(certctl_survey_t *survey, uint64_t line,
    const char *column, const char *why);

/* A row that was taken, by its name and the form of its number, which has at
   most CERT_NUMBER_MAX bytes. */
void certctl_survey_row(certctl_survey_t *survey, uint64_t line,
    cert_str_t number, cert_str_t name);
void certctl_survey_odd(certctl_survey_t *survey, uint64_t line,
    certctl_odd_t odd);

/*
 * Begins a changed row; false: there is no room, and so nothing to compare.
 * Then its fields, the static name of each with both values.
 */
int certctl_survey_change(certctl_survey_t *survey, cert_str_t number);
void certctl_survey_field(certctl_survey_t *survey, const char *name,
    cert_str_t from, cert_str_t to);

/* Prints it as lines, or adds it to a JSON object. */
void certctl_survey_print(const certctl_survey_t *survey);
void certctl_survey_json(const certctl_survey_t *survey, json_t **json);


#endif /* CERTCTL_SURVEY_H_INCLUDED */
