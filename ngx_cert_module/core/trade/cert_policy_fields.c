/*
 * Copyright (C) the ngx_cert authors
 *
 * What each key of the policy takes, as a table.
 *
 * A row names a key, how a value is checked and kept, how it is written, and
 * which member holds it.  The place of the member is in the row so that a reset
 * to the default, which is the same for all, needs no code per key; the bounds
 * are there so that a number needs none either.
 *
 * A setter checks the whole value before it changes anything, and its reason
 * says what the value should be like instead of quoting what it is.
 */


#include <stdio.h>
#include <string.h>

#include "cert_patterns.h"
#include "cert_policy_int.h"
#include "cert_text_int.h"
#include "cert_time.h"


static cert_err_t cert_policy_set_offset(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_number(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_reading(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_url(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_notice(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_pattern(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_set_none(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason);
static void cert_policy_format_offset(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value);
static void cert_policy_format_number(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value);
static void cert_policy_format_reading(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value);
static void cert_policy_format_text(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value);
static void cert_policy_format_notice(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value);
static void *cert_policy_member(const cert_policy_field_t *field,
    cert_policy_t *policy);
static const void *cert_policy_value(const cert_policy_field_t *field,
    const cert_policy_t *policy);
static int cert_policy_is_url(cert_str_t url);
static const char *cert_policy_unescape(char *text, size_t *len,
    cert_str_t value);


#define cert_policy_at(member)                                                \
    offsetof(cert_policy_t, member), sizeof(((cert_policy_t *) 0)->member)


const cert_policy_field_t  cert_policy_fields[] = {

    { "utc_offset",
      cert_policy_set_offset,
      cert_policy_format_offset,
      cert_policy_at(utc_offset_sec),
      0, 0 },

    { "validity_days",
      cert_policy_set_number,
      cert_policy_format_number,
      cert_policy_at(validity_days),
      1, 3650 },

    { "quota",
      cert_policy_set_number,
      cert_policy_format_number,
      cert_policy_at(quota),
      1, 100 },

    { "quota_days",
      cert_policy_set_number,
      cert_policy_format_number,
      cert_policy_at(quota_days),
      1, 3650 },

    { "quota_reading",
      cert_policy_set_reading,
      cert_policy_format_reading,
      cert_policy_at(quota_reading),
      0, 0 },

    { "public_url",
      cert_policy_set_url,
      cert_policy_format_text,
      cert_policy_at(public_url),
      0, 0 },

    { "notice_version",
      cert_policy_set_number,
      cert_policy_format_number,
      cert_policy_at(notice_version),
      1, 65535 },

    { "notice_text",
      cert_policy_set_notice,
      cert_policy_format_notice,
      cert_policy_at(notice_text),
      0, 0 },

    { "number_pattern",
      cert_policy_set_pattern,
      cert_policy_format_text,
      cert_policy_at(number_pattern),
      0, 0 },

    { "id_pattern.cn",
      cert_policy_set_none,
      cert_policy_format_text,
      cert_policy_at(id_pattern[CERT_ID_CN]),
      0, 0 },

    { "id_pattern.passport",
      cert_policy_set_pattern,
      cert_policy_format_text,
      cert_policy_at(id_pattern[CERT_ID_PASSPORT]),
      0, 0 },

    { "id_pattern.hk_mo",
      cert_policy_set_pattern,
      cert_policy_format_text,
      cert_policy_at(id_pattern[CERT_ID_HK_MO]),
      0, 0 },

    { "id_pattern.tw",
      cert_policy_set_pattern,
      cert_policy_format_text,
      cert_policy_at(id_pattern[CERT_ID_TW]),
      0, 0 },

    { "id_pattern.other",
      cert_policy_set_pattern,
      cert_policy_format_text,
      cert_policy_at(id_pattern[CERT_ID_OTHER]),
      0, 0 },

    { NULL, NULL, NULL, 0, 0, 0, 0 }
};


static cert_err_t
cert_policy_set_offset(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason)
{
    if (cert_offset_parse(&policy->utc_offset_sec, value) != CERT_OK) {
        cert_reason_set(reason, "%s is not like +08:00", field->name);
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* Five digits hold every bound and cannot overflow. */
static cert_err_t
cert_policy_set_number(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason)
{
    int       ok;
    size_t    i;
    uint8_t   ch;
    uint32_t  n;

    n = 0;
    ok = value.len <= 5 && value.data[0] != '0';

    for (i = 0; ok && i < value.len; i++) {
        ch = value.data[i];
        ok = ch >= '0' && ch <= '9';
        n = n * 10 + (ch - (uint32_t) '0');
    }

    if (!ok || n < field->min || n > field->max) {
        cert_reason_set(reason, "%s is not a number from %u to %u",
                        field->name, field->min, field->max);
        return CERT_INVALID;
    }

    memcpy(cert_policy_member(field, policy), &n, sizeof(n));

    return CERT_OK;
}


static cert_err_t
cert_policy_set_reading(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason)
{
    if (value.len == 7 && memcmp(value.data, "applied", 7) == 0) {
        policy->quota_reading = CERT_QUOTA_APPLIED;
        return CERT_OK;
    }

    if (value.len == 4 && memcmp(value.data, "live", 4) == 0) {
        policy->quota_reading = CERT_QUOTA_LIVE;
        return CERT_OK;
    }

    cert_reason_set(reason, "%s is neither \"applied\" nor \"live\"",
                    field->name);

    return CERT_INVALID;
}


/* Kept as it is: what is printed on paper must not be rewritten later. */
static cert_err_t
cert_policy_set_url(const cert_policy_field_t *field, cert_policy_t *policy,
    cert_str_t value, cert_reason_t *reason)
{
    if (value.len > CERT_URL_MAX || !cert_policy_is_url(value)) {
        cert_reason_set(reason, "%s is not an http:// or https:// URL of at "
                        "most %d bytes, without a query and a slash at the "
                        "end", field->name, CERT_URL_MAX);
        return CERT_INVALID;
    }

    memcpy(policy->public_url, value.data, value.len);
    policy->public_url[value.len] = '\0';

    return CERT_OK;
}


static cert_err_t
cert_policy_set_notice(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason)
{
    char         text[CERT_NOTICE_MAX];
    size_t       len;
    const char  *why;

    why = cert_policy_unescape(text, &len, value);

    if (why != NULL) {
        cert_reason_set(reason, "%s %s", field->name, why);
        return CERT_INVALID;
    }

    memcpy(policy->notice_text, text, len);
    policy->notice_text[len] = '\0';

    return CERT_OK;
}


/* A pattern that does not compile would refuse all numbers from then on. */
static cert_err_t
cert_policy_set_pattern(const cert_policy_field_t *field,
    cert_policy_t *policy, cert_str_t value, cert_reason_t *reason)
{
    char        *pattern;
    cert_err_t   err;
    const char  *why;

    why = cert_text_check(value);

    if (why == NULL && value.len > CERT_PATTERN_MAX) {
        why = "is too long";
    }

    if (why != NULL) {
        cert_reason_set(reason, "%s %s", field->name, why);
        return CERT_INVALID;
    }

    err = cert_patterns_check(value, reason);
    if (err != CERT_OK) {
        return err;
    }

    pattern = cert_policy_member(field, policy);

    memcpy(pattern, value.data, value.len);
    pattern[value.len] = '\0';

    return CERT_OK;
}


/* Kept in the table, so that the text lists every type of document. */
static cert_err_t
cert_policy_set_none(const cert_policy_field_t *field, cert_policy_t *policy,
    cert_str_t value, cert_reason_t *reason)
{
    (void) policy;
    (void) value;

    cert_reason_set(reason, "%s cannot be set: GB 11643 defines these numbers",
                    field->name);

    return CERT_INVALID;
}


static void
cert_policy_format_offset(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value)
{
    (void) field;

    cert_offset_format(policy->utc_offset_sec, value);
}


static void
cert_policy_format_number(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value)
{
    uint32_t  n;

    memcpy(&n, cert_policy_value(field, policy), sizeof(n));

    snprintf(value, CERT_POLICY_VALUE_SIZE, "%u", n);
}


static void
cert_policy_format_reading(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value)
{
    (void) field;

    strcpy(value, policy->quota_reading == CERT_QUOTA_LIVE ? "live"
                                                           : "applied");
}


/* The member is terminated, and every member is smaller than the buffer. */
static void
cert_policy_format_text(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value)
{
    memcpy(value, cert_policy_value(field, policy), field->size);
}


/* The opposite of cert_policy_unescape(). */
static void
cert_policy_format_notice(const cert_policy_field_t *field,
    const cert_policy_t *policy, char *value)
{
    const char  *p;

    (void) field;

    for (p = policy->notice_text; *p != '\0'; p++) {
        if (*p == '\n' || *p == '\\') {
            *value++ = '\\';
            *value++ = *p == '\n' ? 'n' : '\\';

        } else {
            *value++ = *p;
        }
    }

    *value = '\0';
}


/* The member of a row; the two differ in const only. */
static void *
cert_policy_member(const cert_policy_field_t *field, cert_policy_t *policy)
{
    return (char *) policy + field->offset;
}


static const void *
cert_policy_value(const cert_policy_field_t *field,
    const cert_policy_t *policy)
{
    return (const char *) policy + field->offset;
}


/* A code is put behind it, and it is printed on paper and into pages. */
static int
cert_policy_is_url(cert_str_t url)
{
    size_t          i, host;
    const uint8_t  *p;

    p = url.data;

    if (url.len > 7 && memcmp(p, "http://", 7) == 0) {
        host = 7;

    } else if (url.len > 8 && memcmp(p, "https://", 8) == 0) {
        host = 8;

    } else {
        return 0;
    }

    if (p[host] == '/' || p[url.len - 1] == '/') {
        return 0;
    }

    for (i = host; i < url.len; i++) {
        if (p[i] <= ' ' || p[i] > '~'
            || memchr("\"'<>\\^`{|}?#", p[i], 12) != NULL)
        {
            return 0;
        }
    }

    return 1;
}


/*
 * Undoes "\n" and "\\" and takes line ends as they are, too.  Returns what is
 * wrong with the value, or NULL.
 */
static const char *
cert_policy_unescape(char *text, size_t *len, cert_str_t value)
{
    size_t          n;
    cert_str_t      line;
    const char     *why;
    const uint8_t  *p, *end;

    n = 0;
    p = value.data;
    end = p + value.len;
    line.data = p;

    for ( /* void */ ; p < end; p++) {

        if (n == CERT_NOTICE_MAX) {
            return "is too long";
        }

        if (*p == '\\') {
            p++;

            if (p == end || (*p != 'n' && *p != '\\')) {
                return "holds a backslash other than \\n and \\\\";
            }

            text[n++] = *p == 'n' ? '\n' : '\\';
            continue;
        }

        if (*p == '\n') {
            line.len = (size_t) (p - line.data);
            why = cert_text_check(line);

            if (why != NULL) {
                return why;
            }

            line.data = p + 1;
        }

        text[n++] = (char) *p;
    }

    *len = n;
    line.len = (size_t) (end - line.data);

    return cert_text_check(line);
}
