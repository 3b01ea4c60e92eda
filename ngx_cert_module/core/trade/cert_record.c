/*
 * Copyright (C) the ngx_cert authors
 *
 * Layout of certificates, annotations and qualifications.
 *
 * An annotation carries the facts of its certificate, so that a check by code
 * is one look-up; a change of a certificate rewrites them in the same
 * transaction.
 *
 * The layout is written out field by field rather than as a C struct: it is the
 * same on every machine, it has no padding that would be sealed with rubbish in
 * it, and texts take what they need (a record is some 400 bytes of at most
 * 2048).  The first byte is the format, so a later program can read both.
 *
 * A decoder copies first and then points into its copy.  The seal says that
 * the bytes are genuine, the decoder what they are: lengths and numbers out of
 * range are CERT_CORRUPT, never read past.
 */


#include "cert_record_int.h"


/* Of certificates, and of annotations. */
#define CERT_FLAG_PHOTO     0x01

#define CERT_FLAG_ORIGINAL  0x01
#define CERT_FLAG_PRUNED    0x02


static cert_err_t cert_record_start(cert_cursor_t *c,
    cert_certificate_t *certificate, cert_str_t payload, unsigned *flags);
static void cert_facts_decode(cert_cursor_t *c, cert_facts_t *facts);


static const char *const  cert_status_names[] = {
    "valid", "suspended", "revoked", "replaced"
};

static const char *const  cert_annotation_state_names[] = {
    "generating", "ready", "failed", "withdrawn"
};


/*
 * Copies the payload, so that nothing points into the map, and reads what
 * certificates and annotations start with.  CERT_CORRUPT: too long, or of a
 * format this program does not know.
 */
static cert_err_t
cert_record_start(cert_cursor_t *c, cert_certificate_t *certificate,
    cert_str_t payload, unsigned *flags)
{
    if (payload.len > CERT_RECORD_MAX) {
        return CERT_CORRUPT;
    }

    memcpy(certificate->bytes, payload.data, payload.len);
    *c = cert_cursor((cert_str_t) { certificate->bytes, payload.len });

    if (cert_get_int(c, 1) != CERT_RECORD_FORMAT) {
        return CERT_CORRUPT;
    }

    *flags = (unsigned) cert_get_int(c, 1);

    return CERT_OK;
}


void
cert_facts_encode(cert_writer_t *w, const cert_facts_t *facts)
{
    cert_put_int(w, facts->status, 1);
    cert_put_int(w, (uint32_t) facts->approved, 4);
    cert_put_str(w, facts->number);
    cert_put_str(w, facts->masked_name);
    cert_put_str(w, facts->qualification);
    cert_put_str(w, facts->specialty);
    cert_put_str(w, facts->level);
    cert_put_str(w, facts->issuer);
    cert_put_str(w, facts->replaced_by);
}


/*
 * What is wrong is left in the cursor, as everything is: the caller asks it at
 * the end.
 */
static void
cert_facts_decode(cert_cursor_t *c, cert_facts_t *facts)
{
    facts->status = (cert_status_t) cert_get_int(c, 1);
    facts->approved = (cert_date_t) cert_get_int(c, 4);
    facts->number = cert_get_str(c);
    facts->masked_name = cert_get_str(c);
    facts->qualification = cert_get_str(c);
    facts->specialty = cert_get_str(c);
    facts->level = cert_get_str(c);
    facts->issuer = cert_get_str(c);
    facts->replaced_by = cert_get_str(c);

    /* It indexes tables of names and results. */
    if (facts->status > CERT_STATUS_REPLACED) {
        c->is_short = 1;
    }
}


void
cert_certificate_encode(cert_writer_t *w, const cert_facts_t *facts,
    int has_photo, const cert_hidden_t *hidden)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, has_photo ? CERT_FLAG_PHOTO : 0, 1);
    cert_facts_encode(w, facts);
    cert_put_int(w, hidden->annotations, 4);
    cert_put_int(w, hidden->match_key, 1);
    cert_put_bytes(w, hidden->match, CERT_SHA256_SIZE);
    cert_put_int(w, hidden->personal_key, 1);
    cert_put_bytes(w, hidden->nonce, CERT_NONCE_SIZE);
    cert_put_blob(w, hidden->personal);
}


cert_err_t
cert_certificate_decode(cert_certificate_t *certificate,
    cert_hidden_t *hidden, cert_str_t payload)
{
    unsigned        flags;
    cert_cursor_t   c;
    const uint8_t  *match, *nonce;

    if (cert_record_start(&c, certificate, payload, &flags) != CERT_OK) {
        return CERT_CORRUPT;
    }

    certificate->has_photo = (flags & CERT_FLAG_PHOTO) != 0;
    certificate->has_person = 0;

    cert_facts_decode(&c, &certificate->facts);

    hidden->annotations = (uint32_t) cert_get_int(&c, 4);
    hidden->match_key = (uint8_t) cert_get_int(&c, 1);
    match = cert_get_bytes(&c, CERT_SHA256_SIZE);
    hidden->personal_key = (uint8_t) cert_get_int(&c, 1);
    nonce = cert_get_bytes(&c, CERT_NONCE_SIZE);
    hidden->personal = cert_get_blob(&c);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(hidden->match, match, CERT_SHA256_SIZE);
    memcpy(hidden->nonce, nonce, CERT_NONCE_SIZE);

    return CERT_OK;
}


void
cert_annotation_encode(cert_writer_t *w, const cert_annotation_t *annotation,
    const cert_facts_t *facts)
{
    unsigned  flags;

    flags = (annotation->is_original ? CERT_FLAG_ORIGINAL : 0)
            | (annotation->is_pruned ? CERT_FLAG_PRUNED : 0);

    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, flags, 1);
    cert_put_int(w, annotation->state, 1);
    cert_put_int(w, annotation->days, 4);
    cert_put_int(w, (uint64_t) annotation->applied, 8);
    cert_put_int(w, (uint64_t) annotation->expires, 8);
    cert_put_int(w, (uint64_t) annotation->sealed, 8);
    cert_put_int(w, annotation->size, 8);
    cert_put_bytes(w, annotation->sha256, CERT_SHA256_SIZE);
    cert_put_str(w, annotation->scene);
    cert_facts_encode(w, facts);
}


cert_err_t
cert_annotation_decode(cert_annotation_t *annotation,
    cert_certificate_t *certificate, const cert_code_t *code,
    cert_str_t payload)
{
    unsigned        flags;
    cert_cursor_t   c;
    const uint8_t  *sha256;

    if (cert_record_start(&c, certificate, payload, &flags) != CERT_OK) {
        return CERT_CORRUPT;
    }

    annotation->is_original = (flags & CERT_FLAG_ORIGINAL) != 0;
    annotation->is_pruned = (flags & CERT_FLAG_PRUNED) != 0;

    /* The code is the key, which the seal binds; it is not stored twice. */
    annotation->code = *code;
    annotation->state = (cert_annotation_state_t) cert_get_int(&c, 1);
    annotation->days = (uint32_t) cert_get_int(&c, 4);
    annotation->applied = (cert_time_t) cert_get_int(&c, 8);
    annotation->expires = (cert_time_t) cert_get_int(&c, 8);
    annotation->sealed = (cert_time_t) cert_get_int(&c, 8);
    annotation->size = cert_get_int(&c, 8);
    sha256 = cert_get_bytes(&c, CERT_SHA256_SIZE);
    annotation->scene = cert_get_str(&c);

    cert_facts_decode(&c, &certificate->facts);

    if (!cert_cursor_is_done(&c)
        || annotation->state > CERT_ANNOTATION_WITHDRAWN)
    {
        return CERT_CORRUPT;
    }

    memcpy(annotation->sha256, sha256, CERT_SHA256_SIZE);
    certificate->has_person = 0;
    certificate->has_photo = 0;

    return CERT_OK;
}


cert_err_t
cert_photo_decode(cert_photo_t *photo, cert_str_t payload)
{
    cert_cursor_t  c;

    c = cert_cursor(payload);

    photo->personal_key = (uint8_t) cert_get_int(&c, 1);
    photo->nonce = cert_get_bytes(&c, CERT_NONCE_SIZE);
    photo->sealed = cert_get_blob(&c);

    if (!cert_cursor_is_done(&c) || photo->sealed.len < CERT_GCM_TAG_SIZE
        || photo->sealed.len > CERT_PHOTO_MAX + CERT_GCM_TAG_SIZE)
    {
        return CERT_CORRUPT;
    }

    return CERT_OK;
}


void
cert_qualification_encode(cert_writer_t *w,
    const cert_qualification_t *qualification)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, (uint32_t) qualification->annotated_from, 4);
    cert_put_str(w, cert_text_str(&qualification->issuer));
    cert_put_str(w, cert_text_str(&qualification->seal));
    cert_put_str(w, cert_text_str(&qualification->face));
}


cert_err_t
cert_qualification_decode(cert_qualification_t *qualification,
    cert_str_t name, cert_str_t payload)
{
    cert_str_t     issuer, seal, face;
    cert_cursor_t  c;

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_RECORD_FORMAT) {
        return CERT_CORRUPT;
    }

    qualification->annotated_from = (cert_date_t) cert_get_int(&c, 4);
    issuer = cert_get_str(&c);
    seal = cert_get_str(&c);
    face = cert_get_str(&c);

    if (!cert_cursor_is_done(&c)
        || cert_text_set(&qualification->name.len, qualification->name.data,
                         CERT_TEXT_MAX, name)
        || cert_text_set(&qualification->issuer.len,
                         qualification->issuer.data, CERT_TEXT_MAX, issuer)
        || cert_text_set(&qualification->seal.len, qualification->seal.data,
                         CERT_TEXT_MAX, seal)
        || cert_text_set(&qualification->face.len, qualification->face.data,
                         CERT_TEXT_MAX, face))
    {
        return CERT_CORRUPT;
    }

    return CERT_OK;
}


const char *
cert_status_name(cert_status_t status)
{
    return status <= CERT_STATUS_REPLACED ? cert_status_names[status]
                                          : "unknown";
}


cert_err_t
cert_status_parse(cert_status_t *status, cert_str_t text)
{
    for (int i = 0; i <= CERT_STATUS_REPLACED; i++) {
        if (cert_str_is_equal(text, cert_strz(cert_status_names[i]))) {
            *status = (cert_status_t) i;
            return CERT_OK;
        }
    }

    return CERT_INVALID;
}


const char *
cert_annotation_state_name(cert_annotation_state_t state)
{
    return state <= CERT_ANNOTATION_WITHDRAWN
           ? cert_annotation_state_names[state] : "unknown";
}


int
cert_qualification_is_annotated(const cert_qualification_t *qualification,
    cert_date_t approved)
{
    return qualification->annotated_from != CERT_DATE_NONE
           && approved >= qualification->annotated_from;
}
