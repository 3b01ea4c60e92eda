/*
 * Copyright (C) the ngx_cert authors
 *
 * What "certctl doctor" finds: a line for each thing that was looked at, with
 * what to do where it is not right.
 *
 * Nothing here changes anything, and a finding is an answer: the functions
 * return an exit status only for what keeps the command itself from going on.
 */


#ifndef CERTCTL_DOCTOR_H_INCLUDED
#define CERTCTL_DOCTOR_H_INCLUDED


#include "certctl.h"


typedef enum {
    CERTCTL_SOUND = 0,
    CERTCTL_WARNING,        /* works, and will not for ever, or not for all */
    CERTCTL_FAULT,          /* does not work, or is not safe */
    CERTCTL_LEVELS          /* how many there are */
} certctl_level_t;

typedef struct {
    certctl_t   *ctl;
    const char  *workers;   /* account of nginx's workers, or NULL */
    int          is_local;  /* does not ask the public address */
    unsigned     counts[CERTCTL_LEVELS];
    json_t      *findings;  /* with --json, and in a child */
    unsigned     roles;     /* of the account that a child looks as */
    const char  *role_name;
} certctl_doctor_t;


/* The level of this name, "ok", "warning" or "error"; any other is a fault. */
certctl_level_t certctl_doctor_level(const char *name);

/*
 * Says that "topic" is as the text tells; "remedy" is what to do, a sentence
 * without a full stop, or NULL where it is sound.
 */
void certctl_doctor_say(certctl_doctor_t *doctor, certctl_level_t level,
    const char *topic, const char *remedy, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));


#endif /* CERTCTL_DOCTOR_H_INCLUDED */
