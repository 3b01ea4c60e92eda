/*
 * Copyright (C) the ngx_cert authors
 *
 * A look at the file of one copy: is it what was sealed?
 */


#ifndef CERTD_LOOK_H_INCLUDED
#define CERTD_LOOK_H_INCLUDED


#include "cert_bad.h"
#include "certd.h"


typedef enum {
    CERTD_LOOK_SOUND = 0,
    CERTD_LOOK_NEEDLESS,        /* no file is sent of such a copy */
    CERTD_LOOK_TROUBLE,         /* cannot tell; logged once a minute */
    CERTD_LOOK_MISSING,         /* from here on it is bad */
    CERTD_LOOK_IRREGULAR,
    CERTD_LOOK_SIZE,
    CERTD_LOOK_UNREADABLE,
    CERTD_LOOK_CHANGED
} certd_look_result_t;

#define certd_look_is_bad(result)  ((result) >= CERTD_LOOK_MISSING)

/* What nginx would send as if it were right. */
#define certd_look_is_hidden(result)  ((result) == CERTD_LOOK_CHANGED)

typedef struct {
    certd_look_result_t  result;
    uint64_t             cost;      /* bytes of disk it stands for */
    cert_bad_version_t   version;   /* of the file that was read */
} certd_look_t;


/*
 * Looks at the file of a copy, and, if it is bad, a second time, from the
 * disk.  What was withdrawn, pruned or expired meanwhile is needless.  Waits
 * for the disk, and now and then a moment; holds no reader meanwhile.
 */
void certd_look(certd_t *certd, const cert_code_t *code, certd_look_t *look);

/* The version of the file now; zeros: there is none. */
void certd_look_version(const certd_t *certd, const cert_code_t *code,
    cert_bad_version_t *version);

/* HOME/pdf/NAME of a code; and, static, what is wrong with the file. */
void certd_look_path(const certd_t *certd, const cert_code_t *code,
    char path[CERTD_PATH_MAX]);
const char *certd_look_text(certd_look_result_t result);


#endif /* CERTD_LOOK_H_INCLUDED */
