/*
 * Copyright (C) the ngx_cert authors
 *
 * Copies lie one after the other in chunks of memory.
 *
 * An import keeps twenty thousand certificates at a time, so these are packed:
 * as structs are, with room for the longest texts, each would have 1.3 kB of
 * which a third is used, and fresh memory costs more time than the copying.
 * All other changes are few, and are copied as they are.
 */


#include <stdlib.h>

#include "certctl_kept.h"


/* Bytes of a chunk, unless one change needs more. */
#define CERTCTL_KEPT_CHUNK  (256 * 1024)

/* The most texts that a change points to. */
#define CERTCTL_KEPT_STRS  6

/* Those of a person, each with its length before it. */
#define CERTCTL_KEPT_TEXTS  3

#define certctl_kept_align(n)  (((n) + 7) & ~(size_t) 7)

typedef struct certctl_chunk_s  certctl_chunk_t;

struct certctl_chunk_s {
    certctl_chunk_t  *next;
    size_t            size;         /* of its bytes */
    size_t            used;
    uint8_t           bytes[] __attribute__((aligned(8)));
};

struct certctl_kept_s {
    certctl_chunk_t  *first;
    certctl_chunk_t  *last;
    size_t            size;
};

/* What each copy begins with. */
typedef struct {
    size_t              size;       /* of the whole */
    cert_change_type_t  type;
} certctl_item_t;

/* Of a certificate; then its person's texts, and those of its facts. */
typedef struct {
    certctl_item_t      item;
    cert_time_t         time;
    char                actor[CERT_ACTOR_MAX + 1];
    uint8_t             nonce[CERT_CHANGE_NONCE_SIZE];
    cert_facts_t        facts;
    cert_id_type_t      id_type;
    cert_date_t         birth_date;
} certctl_packed_t;

/* Of any other change; then the struct it points to, and all texts. */
typedef struct {
    certctl_item_t      item;
    cert_change_t       change;
} certctl_copied_t;

/* The struct that a change points to. */
typedef struct {
    void               *at;         /* where the change has the pointer */
    const void         *object;     /* NULL: it points to none */
    size_t              size;
} certctl_object_t;

/* The texts that a change, or a struct it points to, points to. */
typedef struct {
    size_t              n;
    cert_str_t         *at[CERTCTL_KEPT_STRS];
} certctl_strs_t;


static size_t certctl_kept_bound(const cert_change_t *change);
static certctl_strs_t certctl_kept_strs(cert_change_t *change);
static certctl_strs_t certctl_kept_facts(cert_facts_t *facts);
static certctl_object_t certctl_kept_object(cert_change_t *change);
static uint8_t *certctl_kept_pack(certctl_packed_t *packed,
    const cert_change_t *change);
static uint8_t *certctl_kept_put_text(uint8_t *p, const cert_text_t *text);
static uint8_t *certctl_kept_put_strs(uint8_t *p, const certctl_strs_t *strs);
static uint8_t *certctl_kept_copy(certctl_copied_t *copied,
    const cert_change_t *change);
static void certctl_kept_unpack(certctl_kept_walk_t *walk,
    const certctl_packed_t *packed);
static const uint8_t *certctl_kept_text(cert_text_t *text, const uint8_t *p);


certctl_kept_t *
certctl_kept_create(void)
{
    return calloc(1, sizeof(certctl_kept_t));
}


void
certctl_kept_destroy(certctl_kept_t *kept)
{
    certctl_chunk_t  *chunk;

    if (kept == NULL) {
        return;
    }

    while (kept->first != NULL) {
        chunk = kept->first;
        kept->first = chunk->next;
        explicit_bzero(chunk->bytes, chunk->used);
        free(chunk);
    }

    free(kept);
}


int
certctl_kept_reserve(certctl_kept_t *kept, const cert_change_t *change)
{
    size_t            size;
    certctl_chunk_t  *chunk;

    size = certctl_kept_bound(change);
    chunk = kept->last;

    if (chunk != NULL && chunk->size - chunk->used >= size) {
        return 0;
    }

    if (size < CERTCTL_KEPT_CHUNK) {
        size = CERTCTL_KEPT_CHUNK;
    }

    chunk = malloc(sizeof(certctl_chunk_t) + size);
    if (chunk == NULL) {
        return -1;
    }

    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;

    if (kept->last != NULL) {
        kept->last->next = chunk;

    } else {
        kept->first = chunk;
    }

    kept->last = chunk;

    return 0;
}


/* At least what the copy takes; a certificate's object is counted packed. */
static size_t
certctl_kept_bound(const cert_change_t *change)
{
    size_t            i, size;
    cert_change_t     copy;
    certctl_strs_t    strs;

    copy = *change;
    strs = certctl_kept_strs(&copy);

    size = change->type == CERT_CHANGE_CERTIFICATE
           ? sizeof(certctl_packed_t)
             + CERTCTL_KEPT_TEXTS * (1 + CERT_TEXT_MAX)
           : sizeof(certctl_copied_t) + certctl_kept_object(&copy).size;

    for (i = 0; i < strs.n; i++) {
        size += strs.at[i]->len;
    }

    return certctl_kept_align(size);
}


static certctl_strs_t
certctl_kept_strs(cert_change_t *change)
{
    certctl_strs_t  strs;

    strs.n = 0;

    switch (change->type) {

    case CERT_CHANGE_CERTIFICATE:
        return certctl_kept_facts((cert_facts_t *) (uintptr_t)
                                  &change->u.certificate->facts);

    case CERT_CHANGE_PHOTO:
        strs.at[strs.n++] = &change->u.photo.number;
        strs.at[strs.n++] = &change->u.photo.photo;
        break;

    case CERT_CHANGE_RESEAL:
        strs.at[strs.n++] = &change->u.reseal.number;
        break;

    case CERT_CHANGE_STATUS:
        strs.at[strs.n++] = &change->u.status.number;
        strs.at[strs.n++] = &change->u.status.replaced_by;
        break;

    case CERT_CHANGE_REMOVE:
        strs.at[strs.n++] = &change->u.remove.number;
        break;

    case CERT_CHANGE_APPLY:
    case CERT_CHANGE_ORIGINAL:
        strs.at[strs.n++] = &change->u.apply.number;
        strs.at[strs.n++] = &change->u.apply.scene;
        break;

    case CERT_CHANGE_REGISTER:
    case CERT_CHANGE_PASSWORD:
        strs.at[strs.n++] = &change->u.account.username;
        strs.at[strs.n++] = &change->u.account.password;
        break;

    default:
        break;
    }

    return strs;
}


/* Without the masked name, which the library makes. */
static certctl_strs_t
certctl_kept_facts(cert_facts_t *facts)
{
    certctl_strs_t  strs;

    strs.n = 0;
    strs.at[strs.n++] = &facts->number;
    strs.at[strs.n++] = &facts->qualification;
    strs.at[strs.n++] = &facts->specialty;
    strs.at[strs.n++] = &facts->level;
    strs.at[strs.n++] = &facts->issuer;
    strs.at[strs.n++] = &facts->replaced_by;

    return strs;
}


static certctl_object_t
certctl_kept_object(cert_change_t *change)
{
    certctl_object_t  object;

    memset(&object, 0, sizeof(certctl_object_t));

    switch (change->type) {

    case CERT_CHANGE_QUALIFICATION:
        object.at = &change->u.qualification;
        object.object = change->u.qualification;
        object.size = sizeof(cert_qualification_t);
        break;

    case CERT_CHANGE_POLICY:
        object.at = &change->u.policy;
        object.object = change->u.policy;
        object.size = sizeof(cert_policy_t);
        break;

    case CERT_CHANGE_RESEAL:
        object.at = &change->u.reseal.holder;
        object.object = change->u.reseal.holder;
        object.size = sizeof(cert_holder_t);
        break;

    case CERT_CHANGE_APPLY:
    case CERT_CHANGE_ORIGINAL:
        object.at = &change->u.apply.holder;
        object.object = change->u.apply.holder;
        object.size = sizeof(cert_holder_t);
        break;

    default:
        /*
         * Sessions, which point to more, are not certctl's to make.  Nor is
         * an "owner" kept, here and of what is applied for: that is safe only
         * because certctl sets none, as it asks for no holder.
         */
        break;
    }

    if (object.object == NULL) {
        object.size = 0;
    }

    return object;
}


void
certctl_kept_add(certctl_kept_t *kept, const cert_change_t *change)
{
    uint8_t         *p, *end;
    certctl_item_t  *item;

    p = kept->last->bytes + kept->last->used;
    item = (certctl_item_t *) (void *) p;
    item->type = change->type;

    end = change->type == CERT_CHANGE_CERTIFICATE
          ? certctl_kept_pack((certctl_packed_t *) (void *) p, change)
          : certctl_kept_copy((certctl_copied_t *) (void *) p, change);

    item->size = certctl_kept_align((size_t) (end - p));

    kept->size += item->size;
    kept->last->used += item->size;
}


/* Returns where it ends. */
static uint8_t *
certctl_kept_pack(certctl_packed_t *packed, const cert_change_t *change)
{
    uint8_t              *p;
    certctl_strs_t        strs;
    const cert_person_t  *person;

    person = &change->u.certificate->person;

    packed->time = change->time;
    memcpy(packed->actor, change->actor, sizeof(packed->actor));
    memcpy(packed->nonce, change->nonce, sizeof(packed->nonce));
    packed->facts = change->u.certificate->facts;
    packed->id_type = person->id_type;
    packed->birth_date = person->birth_date;

    p = (uint8_t *) (packed + 1);
    p = certctl_kept_put_text(p, &person->name);
    p = certctl_kept_put_text(p, &person->id_number);
    p = certctl_kept_put_text(p, &person->sex);

    strs = certctl_kept_facts(&packed->facts);

    return certctl_kept_put_strs(p, &strs);
}


static uint8_t *
certctl_kept_put_text(uint8_t *p, const cert_text_t *text)
{
    *p++ = (uint8_t) text->len;
    memcpy(p, text->data, text->len);

    return p + text->len;
}


/* Lets the texts point to their copies. */
static uint8_t *
certctl_kept_put_strs(uint8_t *p, const certctl_strs_t *strs)
{
    size_t       i;
    cert_str_t  *str;

    for (i = 0; i < strs->n; i++) {
        str = strs->at[i];

        if (str->len > 0) {
            memcpy(p, str->data, str->len);
        }

        str->data = p;
        p += str->len;
    }

    return p;
}


static uint8_t *
certctl_kept_copy(certctl_copied_t *copied, const cert_change_t *change)
{
    uint8_t           *p;
    certctl_strs_t     strs;
    certctl_object_t   object;

    copied->change = *change;
    object = certctl_kept_object(&copied->change);
    p = (uint8_t *) (copied + 1);

    if (object.object != NULL) {
        memcpy(p, object.object, object.size);
        memcpy(object.at, &p, sizeof(p));
        p += object.size;
    }

    strs = certctl_kept_strs(&copied->change);

    return certctl_kept_put_strs(p, &strs);
}


size_t
certctl_kept_size(const certctl_kept_t *kept)
{
    return kept->size;
}


const cert_change_t *
certctl_kept_next(const certctl_kept_t *kept, certctl_kept_walk_t *walk)
{
    const certctl_item_t   *item;
    const certctl_chunk_t  *chunk;

    chunk = walk->chunk != NULL ? walk->chunk : kept->first;

    /* One that was only reserved is empty. */
    while (chunk != NULL && walk->at == chunk->used) {
        chunk = chunk->next;
        walk->at = 0;
    }

    if (chunk == NULL) {
        return NULL;
    }

    item = (const certctl_item_t *) (const void *) (chunk->bytes + walk->at);

    walk->chunk = chunk;
    walk->at += item->size;

    if (item->type != CERT_CHANGE_CERTIFICATE) {
        return &((const certctl_copied_t *) item)->change;
    }

    certctl_kept_unpack(walk, (const certctl_packed_t *) item);

    return &walk->change;
}


static void
certctl_kept_unpack(certctl_kept_walk_t *walk, const certctl_packed_t *packed)
{
    const uint8_t  *p;
    cert_change_t  *change;
    cert_person_t  *person;

    change = &walk->change;
    person = &walk->certificate.person;

    memset(change, 0, sizeof(cert_change_t));
    change->type = packed->item.type;
    change->time = packed->time;
    memcpy(change->actor, packed->actor, sizeof(change->actor));
    memcpy(change->nonce, packed->nonce, sizeof(change->nonce));
    change->u.certificate = &walk->certificate;

    walk->certificate.facts = packed->facts;
    walk->certificate.has_person = 1;
    person->id_type = packed->id_type;
    person->birth_date = packed->birth_date;

    p = (const uint8_t *) (packed + 1);
    p = certctl_kept_text(&person->name, p);
    p = certctl_kept_text(&person->id_number, p);
    (void) certctl_kept_text(&person->sex, p);
}


static const uint8_t *
certctl_kept_text(cert_text_t *text, const uint8_t *p)
{
    text->len = *p++;
    memcpy(text->data, p, text->len);
    text->data[text->len] = '\0';

    return p + text->len;
}
