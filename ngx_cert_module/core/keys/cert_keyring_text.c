/*
 * Copyright (C) the ngx_cert authors
 *
 * The text of a keyring: a key per line, "ID USE STATE CREATED BASE64".
 *
 * A reader of a reason may not be allowed to see a key, and a line that is not
 * understood may hold one anywhere: so a reason names the line and what was
 * expected, and quotes nothing.
 *
 * Text was chosen over a container such as PEM or PKCS #12 since an operator
 * rotates keys under pressure: ids, states and dates are readable, one key is
 * one line, and a line that cannot be understood stops everything rather than
 * being skipped, because a key that is silently missing shows up months later
 * as records that do not open.
 */


#include <stdio.h>

#include "cert_base64_int.h"
#include "cert_bytes_int.h"
#include "cert_crypto_int.h"
#include "cert_keyring_int.h"
#include "cert_keyring_text_int.h"
#include "cert_time.h"


#define CERT_KEYRING_FIELDS  5

#define CERT_KEYRING_HEAD    "# ngx_cert keyring: keep it secret\n"


static const char *cert_keyring_parse_line(cert_keyring_t *ring,
    cert_str_t line);
static const char *cert_keyring_parse_info(cert_key_info_t *info,
    const cert_str_t *fields);
static size_t cert_keyring_split(cert_str_t line,
    cert_str_t fields[CERT_KEYRING_FIELDS]);
static int cert_keyring_parse_id(uint8_t *id, cert_str_t text);
static int cert_keyring_parse_created(cert_time_t *created, cert_str_t text);
static size_t cert_keyring_format_key(const cert_key_t *key, char *text);


cert_err_t
cert_keyring_parse(cert_keyring_t *ring, cert_str_t text,
    cert_reason_t *reason)
{
    unsigned         number;
    cert_str_t       line;
    const char      *why;
    cert_key_info_t  info;

    number = 0;

    while (text.len != 0) {
        line = cert_str_cut(&text, '\n');
        number++;

        why = cert_keyring_parse_line(ring, line);

        if (why != NULL) {
            cert_reason_set(reason, "line %u of the keyring: %s", number, why);
            return CERT_INVALID;
        }
    }

    if (cert_keyring_info(ring, 0, &info) != CERT_OK) {
        cert_reason_set(reason, "the keyring holds no key");
        return CERT_INVALID;
    }

    return CERT_OK;
}


size_t
cert_keyring_format(const cert_keyring_t *ring, unsigned uses,
    char text[CERT_KEYRING_TEXT_MAX])
{
    int                use, id;
    char              *p;
    const cert_key_t  *key;

    memcpy(text, CERT_KEYRING_HEAD, sizeof(CERT_KEYRING_HEAD) - 1);
    p = text + sizeof(CERT_KEYRING_HEAD) - 1;

    for (use = 0; use < CERT_KEY_USES; use++) {

        if ((uses & CERT_KEY_BIT(use)) == 0) {
            continue;
        }

        for (id = 0; id < CERT_KEY_IDS; id++) {
            key = ring->keys[use][id];

            if (key != NULL) {
                p += cert_keyring_format_key(key, p);
            }
        }
    }

    return (size_t) (p - text);
}


/*
 * Returns what is wrong with the line, or NULL.  The base64 is looked at last,
 * so that no secret is decoded for a line that is refused anyway.
 */
static const char *
cert_keyring_parse_line(cert_keyring_t *ring, cert_str_t line)
{
    size_t           n;
    uint8_t          secret[CERT_KEY_SIZE];
    cert_str_t       fields[CERT_KEYRING_FIELDS];
    const char      *why;
    cert_key_info_t  info;

    n = cert_keyring_split(line, fields);

    if (n == 0 || fields[0].data[0] == '#') {
        return NULL;
    }

    if (n != CERT_KEYRING_FIELDS) {
        return "not \"ID USE STATE CREATED BASE64\"";
    }

    why = cert_keyring_parse_info(&info, fields);
    if (why != NULL) {
        return why;
    }

    why = cert_keyring_clash(ring, &info);
    if (why != NULL) {
        return why;
    }

    if (cert_base64_decode(secret, CERT_KEY_SIZE, fields[4], CERT_BASE64)
        != CERT_OK)
    {
        why = "the key is not 32 bytes in base64";

    } else if (cert_keyring_put(ring, &info, secret) != CERT_OK) {
        why = "out of memory";
    }

    cert_crypto_wipe(secret, CERT_KEY_SIZE);

    return why;
}


/* Returns what is wrong with the first four fields, or NULL. */
static const char *
cert_keyring_parse_info(cert_key_info_t *info, const cert_str_t *fields)
{
    if (!cert_keyring_parse_id(&info->id, fields[0])) {
        return "the id is not a number from 1 to 255";
    }

    if (cert_key_use_parse(&info->use, fields[1]) != CERT_OK) {
        return "unknown use";
    }

    if (cert_key_state_parse(&info->state, fields[2]) != CERT_OK) {
        return "unknown state";
    }

    if (!cert_keyring_parse_created(&info->created, fields[3])) {
        return "the time is not like 2026-01-01T00:00:00Z";
    }

    return NULL;
}


/* Splits at blanks; returns the number of fields, also of those too many. */
static size_t
cert_keyring_split(cert_str_t line, cert_str_t fields[CERT_KEYRING_FIELDS])
{
    size_t          n;
    const uint8_t  *p, *end, *start;

    p = line.data;
    end = line.data + line.len;

    for (n = 0; /* void */ ; n++) {

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (p == end) {
            return n;
        }

        start = p;

        while (p < end && *p != ' ' && *p != '\t') {
            p++;
        }

        if (n < CERT_KEYRING_FIELDS) {
            fields[n].data = start;
            fields[n].len = (size_t) (p - start);
        }
    }
}


/* One spelling per id: no sign, no leading zero. */
static int
cert_keyring_parse_id(uint8_t *id, cert_str_t text)
{
    size_t    i;
    unsigned  value;

    if (text.len > 3 || text.data[0] == '0') {
        return 0;
    }

    value = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        value = value * 10 + (text.data[i] - '0');
    }

    if (value >= CERT_KEY_IDS) {
        return 0;
    }

    *id = (uint8_t) value;

    return 1;
}


/* In UTC only, by its length: the file is compared across time zones. */
static int
cert_keyring_parse_created(cert_time_t *created, cert_str_t text)
{
    if (text.len != sizeof("2026-01-01T00:00:00Z") - 1) {
        return 0;
    }

    return cert_time_parse(created, text, 0) == CERT_OK;
}


/* The years of a time are four digits, so no line is longer than its room. */
static size_t
cert_keyring_format_key(const cert_key_t *key, char *text)
{
    int   n;
    char  created[CERT_TIME_TEXT_SIZE];
    char  secret[CERT_BASE64_TEXT_SIZE(CERT_KEY_SIZE)];

    cert_time_format(key->info.created, 0, created);
    cert_base64_encode(secret, key->secret, CERT_KEY_SIZE, CERT_BASE64);

    /* 19 characters, since the offset is always written as "Z". */

    n = snprintf(text, CERT_KEYRING_LINE_MAX, "%u %s %s %.19sZ %s\n",
                 key->info.id, cert_key_use_name(key->info.use),
                 cert_key_state_name(key->info.state), created, secret);

    cert_crypto_wipe(secret, sizeof(secret));

    return n > 0 ? (size_t) n : 0;
}
