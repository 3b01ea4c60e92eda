/*
 * Copyright (C) the ngx_cert authors
 *
 * A policy as a whole: its defaults, its scenes and its text.  What the other
 * keys take is in cert_policy_fields.c.
 *
 * A policy is a plain structure without pointers: copying it is an
 * assignment, comparing it with a bound is arithmetic, and a change that
 * fails half way is thrown away with its copy.  In the store it is text,
 * since a key may be added one day: text of an older program leaves it at its
 * default, and text of a newer one is refused by name rather than misread.
 */


#include <stdio.h>

#include "cert_bytes_int.h"
#include "cert_policy_int.h"


/* Text that is being written, as far as it fits. */
typedef struct {
    char    *data;
    size_t   len;
    size_t   size;
    int      full;
} cert_policy_writer_t;


static cert_err_t cert_policy_set_field(cert_policy_t *policy,
    const cert_policy_field_t *field, cert_str_t value,
    cert_reason_t *reason);
static cert_err_t cert_policy_set_scene(cert_policy_t *policy, cert_str_t key,
    cert_str_t value, cert_reason_t *reason);
static cert_err_t cert_policy_remove_scene(cert_policy_t *policy,
    cert_str_t key, cert_reason_t *reason);
static uint32_t cert_policy_scene_index(const cert_policy_t *policy,
    cert_str_t key);
static int cert_policy_is_scene_key(cert_str_t key);
static cert_err_t cert_policy_parse_line(cert_policy_t *policy,
    cert_str_t line, cert_reason_t *reason);
static void cert_policy_write(cert_policy_writer_t *w, const char *prefix,
    const char *key, const char *value);


void
cert_policy_init(cert_policy_t *policy)
{
    cert_id_type_t  type;

    static const char  pattern[] = "[A-Z0-9()/-]{4,40}";

    memset(policy, 0, sizeof(cert_policy_t));

    policy->utc_offset_sec = 8 * 3600;
    policy->validity_days = 90;
    policy->quota = 3;
    policy->quota_days = 90;
    policy->quota_reading = CERT_QUOTA_APPLIED;

    policy->scenes_n = 1;
    strcpy(policy->scenes[0].key, "self");
    strcpy(policy->scenes[0].label, "本人调用");

    policy->notice_version = 1;
    strcpy(policy->notice_text,
           "加注件仅可用于所选使用场景，超过加注有效期即失效。\n"
           "请妥善保管加注件和本人证件信息，勿提供给无关人员。");

    strcpy(policy->public_url, "http://localhost");

    strcpy(policy->number_pattern,
           "[0-9A-Za-z][0-9A-Za-z()（）第号/_.-]{3,63}");

    /* Resident identity numbers follow GB 11643, which no pattern can say. */

    for (type = CERT_ID_CN + 1; type < CERT_ID_TYPES; type++) {
        strcpy(policy->id_pattern[type], pattern);
    }
}


/* A dozen keys and one call a line: a search from the start is enough. */
cert_err_t
cert_policy_set(cert_policy_t *policy, cert_str_t key, cert_str_t value,
    cert_reason_t *reason)
{
    size_t                      len;
    const cert_policy_field_t  *field;

    len = sizeof(CERT_POLICY_SCENE) - 1;

    if (key.len > len && memcmp(key.data, CERT_POLICY_SCENE, len) == 0) {
        key.data += len;
        key.len -= len;

        return cert_policy_set_scene(policy, key, value, reason);
    }

    for (field = cert_policy_fields; field->name != NULL; field++) {
        if (strlen(field->name) == key.len
            && memcmp(field->name, key.data, key.len) == 0)
        {
            return cert_policy_set_field(policy, field, value, reason);
        }
    }

    cert_reason_set(reason, "the policy has no such key");

    return CERT_NOT_FOUND;
}


const cert_scene_t *
cert_policy_scene(const cert_policy_t *policy, cert_str_t key)
{
    uint32_t  i;

    i = cert_policy_scene_index(policy, key);

    return i < policy->scenes_n ? &policy->scenes[i] : NULL;
}


size_t
cert_policy_format(const cert_policy_t *policy, char *text, size_t size)
{
    char                        value[CERT_POLICY_VALUE_SIZE];
    uint32_t                    i;
    cert_policy_writer_t        w;
    const cert_policy_field_t  *field;

    w.data = text;
    w.len = 0;
    w.size = size;
    w.full = 0;

    for (field = cert_policy_fields; field->name != NULL; field++) {
        field->format(field, policy, value);
        cert_policy_write(&w, "", field->name, value);
    }

    for (i = 0; i < policy->scenes_n; i++) {
        cert_policy_write(&w, CERT_POLICY_SCENE, policy->scenes[i].key,
                          policy->scenes[i].label);
    }

    return w.full ? 0 : w.len;
}


cert_err_t
cert_policy_parse(cert_policy_t *policy, cert_str_t text,
    cert_reason_t *reason)
{
    cert_err_t     err;
    cert_str_t     line;
    cert_policy_t  result;

    /* The text names all scenes there are: the default one may be removed. */

    cert_policy_init(&result);
    result.scenes_n = 0;

    while (text.len != 0) {
        line = cert_str_cut(&text, '\n');

        if (line.len == 0) {
            continue;
        }

        err = cert_policy_parse_line(&result, line, reason);

        if (err != CERT_OK) {
            return err;
        }
    }

    *policy = result;

    return CERT_OK;
}


/* An empty value takes the member as a new policy would have it. */
static cert_err_t
cert_policy_set_field(cert_policy_t *policy, const cert_policy_field_t *field,
    cert_str_t value, cert_reason_t *reason)
{
    cert_policy_t  defaults;

    if (value.len != 0) {
        return field->set(field, policy, value, reason);
    }

    cert_policy_init(&defaults);

    memcpy((char *) policy + field->offset, (char *) &defaults + field->offset,
           field->size);

    return CERT_OK;
}


/*
 * Adds a scene or renames one in its place: forms show them in the order in
 * which they were added.
 */
static cert_err_t
cert_policy_set_scene(cert_policy_t *policy, cert_str_t key, cert_str_t value,
    cert_reason_t *reason)
{
    uint32_t       i;
    const char    *why;
    cert_text_t    label;
    cert_scene_t  *scene;

    if (value.len == 0) {
        return cert_policy_remove_scene(policy, key, reason);
    }

    if (!cert_policy_is_scene_key(key)) {
        cert_reason_set(reason, "the key of a scene is a lower case letter "
                        "and up to %d of a-z, 0-9, \"_\" and \"-\"",
                        CERT_SCENE_KEY_MAX - 1);
        return CERT_INVALID;
    }

    why = "is empty";

    if (cert_text_fold(&label, value, CERT_SCENE_MAX, &why) != CERT_OK
        || label.len == 0)
    {
        cert_reason_set(reason, "the label of the scene %s", why);
        return CERT_INVALID;
    }

    i = cert_policy_scene_index(policy, key);

    if (i == CERT_SCENES_MAX) {
        cert_reason_set(reason, "the policy cannot have more than %d scenes",
                        CERT_SCENES_MAX);
        return CERT_INVALID;
    }

    scene = &policy->scenes[i];

    memset(scene, 0, sizeof(cert_scene_t));
    memcpy(scene->key, key.data, key.len);
    memcpy(scene->label, label.data, label.len);

    /* Found at the end it is a new one. */
    policy->scenes_n += i == policy->scenes_n;

    return CERT_OK;
}


/* Copies made for the scene carry its name themselves and are not touched. */
static cert_err_t
cert_policy_remove_scene(cert_policy_t *policy, cert_str_t key,
    cert_reason_t *reason)
{
    uint32_t  i;

    i = cert_policy_scene_index(policy, key);

    if (i == policy->scenes_n) {
        cert_reason_set(reason, "the policy has no such scene");
        return CERT_NOT_FOUND;
    }

    policy->scenes_n--;

    memmove(&policy->scenes[i], &policy->scenes[i + 1],
            (policy->scenes_n - i) * sizeof(cert_scene_t));
    memset(&policy->scenes[policy->scenes_n], 0, sizeof(cert_scene_t));

    return CERT_OK;
}


/* Where the scene is, or where the next one goes. */
static uint32_t
cert_policy_scene_index(const cert_policy_t *policy, cert_str_t key)
{
    uint32_t     i;
    const char  *name;

    for (i = 0; i < policy->scenes_n; i++) {
        name = policy->scenes[i].key;

        if (strlen(name) == key.len && memcmp(name, key.data, key.len) == 0) {
            break;
        }
    }

    return i;
}


/* It appears in URLs, forms and lines of "key=value" without quoting. */
static int
cert_policy_is_scene_key(cert_str_t key)
{
    size_t   i;
    uint8_t  ch;

    if (key.len == 0 || key.len > CERT_SCENE_KEY_MAX) {
        return 0;
    }

    for (i = 0; i < key.len; i++) {
        ch = key.data[i];

        if (ch >= 'a' && ch <= 'z') {
            continue;
        }

        if (i == 0 || ((ch < '0' || ch > '9') && ch != '_' && ch != '-')) {
            return 0;
        }
    }

    return 1;
}


/* The first "=" ends the key; a value may hold more of them. */
static cert_err_t
cert_policy_parse_line(cert_policy_t *policy, cert_str_t line,
    cert_reason_t *reason)
{
    cert_str_t      key, value;
    const uint8_t  *equals;

    equals = memchr(line.data, '=', line.len);

    if (equals == NULL) {
        cert_reason_set(reason, "a line of the policy is not \"key=value\"");
        return CERT_INVALID;
    }

    key.data = line.data;
    key.len = (size_t) (equals - line.data);

    value.data = equals + 1;
    value.len = line.len - key.len - 1;

    return cert_policy_set(policy, key, value, reason);
}


/* Once a line did not fit no later one is written, however short. */
static void
cert_policy_write(cert_policy_writer_t *w, const char *prefix,
    const char *key, const char *value)
{
    int  n;

    if (w->full) {
        return;
    }

    n = snprintf(w->data + w->len, w->size - w->len, "%s%s=%s\n", prefix,
                 key, value);

    if (n < 0 || (size_t) n >= w->size - w->len) {
        w->full = 1;
        return;
    }

    w->len += (size_t) n;
}
