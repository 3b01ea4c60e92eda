/*
 * Copyright (C) the ngx_cert authors
 *
 * Base types of the library.
 *
 * The library knows no caller: it prints nothing, reads no environment, never
 * exits and never asks for the time of day.  The caller passes the time and
 * gets an error code and, where a person has to be told, a reason in words.
 * No function keeps a pointer to an argument after it returns unless its
 * contract says so.  The library has no writable globals: two threads may call
 * at the same time as long as they share no object, and a fork copies nothing
 * but what the caller made.
 */


#ifndef CERT_H_INCLUDED
#define CERT_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include "cert_reason.h"


/*
 * What every fallible function returns.  The comment says what the caller
 * does about it, since that is what tells the errors apart.
 */
typedef enum {
    CERT_OK = 0,
    CERT_NOT_FOUND,     /* no such thing: a normal answer, not logged */
    CERT_INVALID,       /* malformed input: tell its sender */
    CERT_DENIED,        /* not authentic: refuse without saying why */
    CERT_EXPIRED,       /* authentic, but its time is over */
    CERT_REFUSED,       /* a rule of the trade forbids it: say which */
    CERT_EXISTS,        /* it is there already, and differs */
    CERT_BUSY,          /* out of reader slots for now: try again */
    CERT_NO_KEY,        /* sealed under a key this process does not hold */
    CERT_CORRUPT,       /* stored bytes are damaged: raise an alarm */
    CERT_BAD_STORE,     /* missing, empty, cut, foreign, older or newer */
    CERT_FULL,          /* disk or address space is full: nothing changed */
    CERT_MAP_FULL,      /* the map of this process is: cert_store_grow() */
    CERT_NO_MEMORY,     /* allocation failed */
    CERT_SYSTEM         /* a system call or a library failed */
} cert_err_t;


/*
 * Bytes with a length, not terminated by a zero and not owned: valid as long
 * as what they were taken from.
 */
typedef struct {
    const uint8_t  *data;
    size_t          len;
} cert_str_t;

/* A cert_str_t of a string literal, and of a zero-terminated string. */
#define cert_str(s)   ((cert_str_t) { (const uint8_t *) (s), sizeof(s) - 1 })
#define cert_strz(s)  ((cert_str_t) { (const uint8_t *) (s), strlen(s) })


/* Seconds since 1970-01-01T00:00:00Z; the library never takes it itself. */
typedef int64_t  cert_time_t;

/* A calendar day: days since 1970-01-01, in no time zone. */
typedef int32_t  cert_date_t;

/* No date given. */
#define CERT_DATE_NONE  INT32_MIN

/* The copy never ends: larger than any time that can be written. */
#define CERT_TIME_NEVER  INT64_C(0xFFFFFFFFFF)

#define CERT_SHA256_SIZE  32

/*
 * Longest text fields, in bytes of UTF-8.  They bound every record, so that a
 * verdict needs no allocation.
 */
#define CERT_NUMBER_MAX     64
#define CERT_NAME_MAX       192
#define CERT_ID_NUMBER_MAX  40
#define CERT_TEXT_MAX       192     /* qualification, specialty, issuer */
#define CERT_LEVEL_MAX      64
#define CERT_SCENE_MAX      64
#define CERT_ACTOR_MAX      32


/* The name of an error in lower case words, static. */
const char *cert_err_name(cert_err_t err);


#endif /* CERT_H_INCLUDED */
