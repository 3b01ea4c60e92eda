/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates, annotations and qualifications as programs see them.
 *
 * What is public (facts, annotation) and what is personal (person) are apart:
 * a process without the private keyring can read the first and never the
 * second.  Strings in a cert_facts_t point into the buffer of whatever struct
 * it came with: they live as long as that, and a struct with a buffer of its
 * own is passed by address and never copied by assignment.
 *
 * Texts are folded (cert_text.h) before they get here; nothing is folded
 * again when it is read.
 */


#ifndef CERT_RECORD_H_INCLUDED
#define CERT_RECORD_H_INCLUDED


#include "cert_code.h"
#include "cert_person.h"
#include "cert_time.h"


/* Longest sealed record in bytes; photos are apart. */
#define CERT_RECORD_MAX  2048

/* Longest photo, in bytes of JPEG or PNG. */
#define CERT_PHOTO_MAX   (1024 * 1024)

/* The numbers are stored: a new one goes before CERT_STATUS_KEEP. */
typedef enum {
    CERT_STATUS_VALID = 0,
    CERT_STATUS_SUSPENDED,  /* can be reinstated */
    CERT_STATUS_REVOKED,    /* for good, as the next */
    CERT_STATUS_REPLACED,   /* by another certificate: see replaced_by */
    CERT_STATUS_KEEP        /* CERT_CHANGE_CERTIFICATE only: as it is, valid
                               if new; never stored */
} cert_status_t;

/* What every visitor may see. */
typedef struct {
    cert_status_t  status;
    cert_date_t    approved;        /* never CERT_DATE_NONE */
    cert_str_t     number;
    cert_str_t     masked_name;
    cert_str_t     qualification;
    cert_str_t     specialty;       /* may be empty */
    cert_str_t     level;           /* may be empty */
    cert_str_t     issuer;
    cert_str_t     replaced_by;     /* number; empty unless replaced */
} cert_facts_t;

/* What only the holder, the renderer and the operator may see. */
typedef struct {
    cert_id_type_t  id_type;
    cert_text_t     name;           /* folded */
    cert_text_t     id_number;      /* folded */
    cert_text_t     sex;            /* may be empty */
    cert_date_t     birth_date;     /* CERT_DATE_NONE if not known */
} cert_person_t;

/*
 * A certificate.  "bytes" backs the strings of "facts"; it is filled by the
 * readers only, a writer lets the strings point where it likes.
 */
typedef struct {
    cert_facts_t   facts;
    int            has_person;      /* "person" is filled in */
    int            has_photo;       /* there is one in the store */
    cert_person_t  person;
    uint8_t        bytes[CERT_RECORD_MAX];
} cert_certificate_t;

/* The numbers are stored: a new one goes to the end. */
typedef enum {
    CERT_ANNOTATION_GENERATING = 0,     /* waits in the queue */
    CERT_ANNOTATION_READY,              /* its file is there */
    CERT_ANNOTATION_FAILED,             /* never made; a check: not_found */
    CERT_ANNOTATION_WITHDRAWN
} cert_annotation_state_t;

/* An annotation; its strings point like those of cert_facts_t. */
typedef struct {
    cert_code_t              code;
    cert_annotation_state_t  state;     /* as stored; expiry is not a state */
    int                      is_original;   /* of an older certificate */
    int                      is_pruned;     /* expired, its file removed */
    uint32_t                 days;      /* 0 for an original */
    cert_str_t               scene;     /* its label; empty for an original */
    cert_time_t              applied;
    cert_time_t              expires;   /* first instant it does not hold */
    cert_time_t              sealed;    /* 0 until ready */
    uint64_t                 size;      /* of the file, in bytes; 0 until
                                           ready */
    uint8_t                  sha256[CERT_SHA256_SIZE];
} cert_annotation_t;

/* The seal, template and rule of a qualification. */
typedef struct {
    cert_text_t  name;
    cert_text_t  issuer;
    cert_text_t  seal;                  /* seals/SEAL.svg, seals/SEAL.pem */
    cert_text_t  face;                  /* templates/FACE.svg */
    cert_date_t  annotated_from;        /* approved on or after this day needs
                                           annotation; CERT_DATE_NONE: never */
} cert_qualification_t;


/* "valid", "suspended", "revoked", "replaced"; CERT_INVALID: none of them. */
const char *cert_status_name(cert_status_t status);
cert_err_t cert_status_parse(cert_status_t *status, cert_str_t text);

/* "generating", "ready", "failed", "withdrawn". */
const char *cert_annotation_state_name(cert_annotation_state_t state);

/* True if a certificate approved on this day has no copy without applying. */
int cert_qualification_is_annotated(const cert_qualification_t *qualification,
    cert_date_t approved);


#endif /* CERT_RECORD_H_INCLUDED */
