/*
 * Copyright (C) the ngx_cert authors
 *
 * What the objects of a file hold: nothing that acts, hides or is left over.
 *
 * Everything is walked once, from the trailer; no dictionary may have a key
 * that acts, and every object must be met.
 *
 * Fonts, forms and images have dozens of harmless keys, which differ between
 * versions of cairo, so what acts is forbidden here; the few objects that may
 * have known keys only are looked at before, in certpdf_verify_shape.c.  So are
 * the links, which act and have nothing below them (certpdf_verify_links.c).
 * An object that nothing refers to is refused too: shadow attacks keep theirs
 * in the signed file and point to it later.
 *
 * libqpdf's handles are released during the walk; there may be thousands.
 *
 * Memory that runs out is a finding, not a failure: to call a file foreign that
 * cannot be looked at is safe, and the other way round is not.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


/* Direct objects inside one another; ours are four deep. */
#define CERTPDF_DEPTH_MAX  32


typedef struct {
    certpdf_verify_t  *v;
    uint8_t           *seen;        /* by object number */
    int               *pending;     /* object numbers still to be walked */
    int                pending_n;
    char               wrong[96];
} certpdf_walk_t;


/* "/F" of a stream is another file; a signature field's is a number. */
static const char *const  certpdf_active_keys[] = {
    "/JS", "/JavaScript", "/OpenAction", "/AA", "/A", "/Launch", "/EF",
    "/EmbeddedFiles", "/EmbeddedFile", "/AF", "/OCProperties", "/OC", "/OCGs",
    "/XFA", "/URI", "/RichMedia", "/Encrypt", "/XObjectRef", "/Ref", "/OPI",
    "/Alternates", "/Names", "/Dests", "/Outlines", "/Threads", NULL
};

static const char *const  certpdf_active_types[] = {
    "/Filespec", "/F", "/Action", "/OCG", "/OCMD", "/ObjStm", "/XRef",
    "/EmbeddedFile", NULL
};


static certpdf_finding_t certpdf_verify_walk(certpdf_verify_t *v);
static int certpdf_walk_all(certpdf_walk_t *walk);
static int certpdf_walk_object(certpdf_walk_t *walk, qpdf_oh object,
    int depth);
static int certpdf_walk_visit(certpdf_walk_t *walk, qpdf_oh object,
    int depth);
static int certpdf_walk_stream(certpdf_walk_t *walk, qpdf_oh stream,
    int depth);
static int certpdf_walk_array(certpdf_walk_t *walk, qpdf_oh array, int depth);
static int certpdf_walk_dictionary(certpdf_walk_t *walk, qpdf_oh dict,
    int depth);
static int certpdf_walk_keys(certpdf_walk_t *walk, qpdf_oh dict, char **keys,
    size_t *len);
static int certpdf_walk_is_active(certpdf_walk_t *walk, qpdf_oh dict);
static int certpdf_walk_is_active_type(certpdf_walk_t *walk, qpdf_oh dict);
static int certpdf_walk_met_all(certpdf_walk_t *walk);


/* Damage shows when an object is first read, so it is asked for last. */
certpdf_finding_t
certpdf_verify_content(certpdf_verify_t *v)
{
    certpdf_finding_t  finding;

    finding = certpdf_verify_walk(v);
    if (finding != CERTPDF_GENUINE) {
        return finding;
    }

    if (qpdf_has_error(v->qpdf) || qpdf_more_warnings(v->qpdf)) {
        return certpdf_verify_found(v, CERTPDF_CHANGED, "damaged objects");
    }

    return CERTPDF_GENUINE;
}


/*
 * Both arrays are as long as there are objects: one that was seen is never
 * pending again, so "pending" cannot overflow however often it is referred to.
 */
static certpdf_finding_t
certpdf_verify_walk(certpdf_verify_t *v)
{
    int             ok;
    certpdf_walk_t  walk;

    memset(&walk, 0, sizeof(certpdf_walk_t));
    walk.v = v;
    walk.seen = calloc((size_t) v->objects + 1, 1);
    walk.pending = calloc((size_t) v->objects + 1, sizeof(int));

    ok = walk.seen != NULL && walk.pending != NULL && certpdf_walk_all(&walk)
         && certpdf_walk_met_all(&walk);

    free(walk.seen);
    free(walk.pending);

    return ok ? CERTPDF_GENUINE
              : certpdf_verify_found(v, CERTPDF_ACTIVE_CONTENT, "%s",
                                     walk.wrong);
}


/* By a list of what is pending: a long chain must not exhaust the stack. */
static int
certpdf_walk_all(certpdf_walk_t *walk)
{
    int      id, ok;
    qpdf_oh  object;

    if (!certpdf_walk_visit(walk, qpdf_get_trailer(walk->v->qpdf), 0)) {
        return 0;
    }

    while (walk->pending_n > 0) {
        id = walk->pending[--walk->pending_n];

        if (certpdf_verify_is_link(walk->v, id)) {
            continue;
        }

        object = qpdf_get_object_by_id(walk->v->qpdf, id, 0);
        ok = certpdf_walk_visit(walk, object, 0);
        qpdf_oh_release(walk->v->qpdf, object);

        if (!ok) {
            return 0;
        }
    }

    return 1;
}


/* An object is walked once, however many refer to it; loops end here. */
static int
certpdf_walk_object(certpdf_walk_t *walk, qpdf_oh object, int depth)
{
    int  id;

    if (depth > CERTPDF_DEPTH_MAX) {
        snprintf(walk->wrong, sizeof(walk->wrong), "objects nested too deep");
        return 0;
    }

    if (!qpdf_oh_is_indirect(walk->v->qpdf, object)) {
        return certpdf_walk_visit(walk, object, depth);
    }

    id = qpdf_oh_get_object_id(walk->v->qpdf, object);

    if (id < 1 || id > walk->v->objects
        || qpdf_oh_get_generation(walk->v->qpdf, object) != 0)
    {
        snprintf(walk->wrong, sizeof(walk->wrong),
                 "a reference to object %d, which is not there", id);
        return 0;
    }

    if (!walk->seen[id]) {
        walk->seen[id] = 1;
        walk->pending[walk->pending_n++] = id;
    }

    return 1;
}


/* Names, numbers and strings have nothing below them. */
static int
certpdf_walk_visit(certpdf_walk_t *walk, qpdf_oh object, int depth)
{
    qpdf_data  qpdf;

    qpdf = walk->v->qpdf;

    if (qpdf_oh_is_array(qpdf, object)) {
        return certpdf_walk_array(walk, object, depth);
    }

    if (qpdf_oh_is_stream(qpdf, object)) {
        return certpdf_walk_stream(walk, object, depth);
    }

    if (qpdf_oh_is_dictionary(qpdf, object)) {
        return certpdf_walk_dictionary(walk, object, depth);
    }

    return 1;
}


static int
certpdf_walk_stream(certpdf_walk_t *walk, qpdf_oh stream, int depth)
{
    int      ok;
    qpdf_oh  dict;

    dict = qpdf_oh_get_dict(walk->v->qpdf, stream);

    if (qpdf_oh_has_key(walk->v->qpdf, dict, "/F")) {
        snprintf(walk->wrong, sizeof(walk->wrong), "a stream in another file");
        ok = 0;

    } else {
        ok = certpdf_walk_dictionary(walk, dict, depth);
    }

    qpdf_oh_release(walk->v->qpdf, dict);

    return ok;
}


/* Items count as deeper, so that arrays of arrays come to an end. */
static int
certpdf_walk_array(certpdf_walk_t *walk, qpdf_oh array, int depth)
{
    int      i, n, ok;
    qpdf_oh  item;

    n = qpdf_oh_get_array_n_items(walk->v->qpdf, array);

    for (i = 0; i < n; i++) {
        item = qpdf_oh_get_array_item(walk->v->qpdf, array, i);
        ok = certpdf_walk_object(walk, item, depth + 1);
        qpdf_oh_release(walk->v->qpdf, item);

        if (!ok) {
            return 0;
        }
    }

    return 1;
}


/* The keys are copied: libqpdf has one iterator only. */
static int
certpdf_walk_dictionary(certpdf_walk_t *walk, qpdf_oh dict, int depth)
{
    int         ok;
    char       *keys;
    size_t      at, len;
    qpdf_oh     value;
    qpdf_data   qpdf;

    qpdf = walk->v->qpdf;
    keys = NULL;
    len = 0;

    ok = !certpdf_walk_is_active(walk, dict)
         && certpdf_walk_keys(walk, dict, &keys, &len);

    for (at = 0; ok && at < len; at += strlen(keys + at) + 1) {
        value = qpdf_oh_get_key(qpdf, dict, keys + at);
        ok = certpdf_walk_object(walk, value, depth + 1);
        qpdf_oh_release(qpdf, value);
    }

    free(keys);

    return ok;
}


/* One name after the other, each with its zero; free() it whatever happens. */
static int
certpdf_walk_keys(certpdf_walk_t *walk, qpdf_oh dict, char **keys,
    size_t *len)
{
    char        *grown;
    size_t       n;
    qpdf_data    qpdf;
    const char  *name;

    qpdf = walk->v->qpdf;
    qpdf_oh_begin_dict_key_iter(qpdf, dict);

    while (qpdf_oh_dict_more_keys(qpdf)) {
        name = qpdf_oh_dict_next_key(qpdf);
        n = strlen(name) + 1;
        grown = realloc(*keys, *len + n);

        if (grown == NULL) {
            walk->v->is_starved = 1;
            snprintf(walk->wrong, sizeof(walk->wrong), "out of memory");
            return 0;
        }

        memcpy(grown + *len, name, n);
        *keys = grown;
        *len += n;
    }

    return 1;
}


static int
certpdf_walk_is_active(certpdf_walk_t *walk, qpdf_oh dict)
{
    qpdf_data    qpdf;
    const char  *key;

    qpdf = walk->v->qpdf;
    qpdf_oh_begin_dict_key_iter(qpdf, dict);

    while (qpdf_oh_dict_more_keys(qpdf)) {
        key = qpdf_oh_dict_next_key(qpdf);

        if (certpdf_qpdf_is_listed(certpdf_active_keys, key)) {
            snprintf(walk->wrong, sizeof(walk->wrong),
                     "an entry that acts: %.40s", key);
            return 1;
        }
    }

    if (certpdf_walk_is_active_type(walk, dict)) {
        snprintf(walk->wrong, sizeof(walk->wrong), "an object that acts");
        return 1;
    }

    return 0;
}


/* Objects that act, and those that could hide others from the walk. */
static int
certpdf_walk_is_active_type(certpdf_walk_t *walk, qpdf_oh dict)
{
    int        active;
    qpdf_oh    type;
    qpdf_data  qpdf;

    qpdf = walk->v->qpdf;
    type = qpdf_oh_get_key(qpdf, dict, "/Type");
    active = qpdf_oh_is_name(qpdf, type)
             && certpdf_qpdf_is_listed(certpdf_active_types,
                                       qpdf_oh_get_name(qpdf, type));
    qpdf_oh_release(qpdf, type);

    return active;
}


/* What is left over may be what a shadow attack will point to. */
static int
certpdf_walk_met_all(certpdf_walk_t *walk)
{
    int  id;

    for (id = 1; id <= walk->v->objects; id++) {
        if (!walk->seen[id]) {
            snprintf(walk->wrong, sizeof(walk->wrong),
                     "object %d, which nothing refers to", id);
            return 0;
        }
    }

    return 1;
}
