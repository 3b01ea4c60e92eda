/*
 * Copyright (C) the ngx_cert authors
 *
 * What is printed on a copy: the record in the words and forms of the trade.
 *
 * The library keeps days and codes as numbers, templates know nothing but
 * names and texts; the forms in between are decided here and nowhere else.
 * Everything is put in for every template: one that leaves a field out is the
 * authority's choice.
 */


#include <stdio.h>
#include <string.h>

#include "cert_annotation.h"
#include "certrender_face_int.h"


static const char *const  certrender_face_personal[] = {
    "name", "sex", "id_number", "birth_date", NULL
};

/* Short, and of characters that every Chinese font has. */
static const struct {
    const char  *name;
    const char  *value;
} certrender_face_nobody[] = {
    { "name", "样本" },
    { "sex", "男" },
    { "id_number", "0" },
    { "birth_date", "2000年01月01日" },
    { "qualification", "样本" },
    { "specialty", "样本" },
    { "level", "样本" },
    { "approved", "2000年01月01日" },
    { "issuer", "样本" },
    { "number", "0" },
    { "scene", "样本" },
    { "last_day", "2000年01月01日" },
    { "code", "0000" }
};

/* A PNG of one grey pixel. */
static const uint8_t  certrender_face_pixel[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
    0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
    0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
    0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x00, 0x00,
    0x82, 0x00, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0x00, 0x00, 0x00, 0x00, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82
};


static void certrender_face_add(certrender_face_t *face, const char *name,
    cert_str_t value);
static void certrender_face_date(char text[CERTRENDER_FACE_DATE_SIZE],
    cert_date_t date);


void
certrender_face_fill(certrender_face_t *face, const cert_printed_t *records,
    cert_time_t now, int is_hiding)
{
    const cert_facts_t       *facts;
    const cert_policy_t      *policy;
    const cert_person_t      *person;
    const cert_annotation_t  *annotation;

    facts = &records->certificate.facts;
    person = &records->certificate.person;
    policy = &records->policy;
    annotation = &records->annotation;

    memset(face, 0, sizeof(certrender_face_t));

    cert_code_format(&annotation->code, face->code);
    certrender_face_date(face->birth_date, person->birth_date);
    certrender_face_date(face->approved, facts->approved);

    if (!annotation->is_original) {
        certrender_face_date(face->last_day,
                          cert_annotation_last_day(annotation->expires,
                                                   policy->utc_offset_sec));
    }

    (void) snprintf(face->qr, sizeof(face->qr), "%s/check/%s",
                    policy->public_url, face->code);

    certrender_face_add(face, "name", cert_strz(person->name.data));
    certrender_face_add(face, "sex", cert_strz(person->sex.data));
    certrender_face_add(face, "id_number", cert_strz(person->id_number.data));
    certrender_face_add(face, "birth_date", cert_strz(face->birth_date));
    certrender_face_add(face, "qualification", facts->qualification);
    certrender_face_add(face, "specialty", facts->specialty);
    certrender_face_add(face, "level", facts->level);
    certrender_face_add(face, "approved", cert_strz(face->approved));
    certrender_face_add(face, "issuer", facts->issuer);
    certrender_face_add(face, "number", facts->number);
    certrender_face_add(face, "scene", annotation->scene);
    certrender_face_add(face, "last_day", cert_strz(face->last_day));
    certrender_face_add(face, "code", cert_strz(face->code));
    certrender_face_add(face, "public_url", cert_strz(policy->public_url));

    face->job.face = records->qualification.face.data;
    face->job.seal = records->qualification.seal.data;
    face->job.band = annotation->is_original ? "band-original" : "band";
    face->job.fields = face->fields;
    face->job.fields_n = face->n;
    face->job.qr = cert_strz(face->qr);
    face->job.title = annotation->is_original ? "电子证书"
                                              : "电子证书 加注件";
    face->job.quiet = is_hiding ? certrender_face_personal : NULL;
    face->job.time = now;
}


void
certrender_face_specimen(certrender_face_t *face)
{
    size_t  i, n;

    for (i = 0; i < face->n; i++) {
        for (n = 0; n < sizeof(certrender_face_nobody)
                        / sizeof(certrender_face_nobody[0]); n++)
        {
            if (strcmp(face->fields[i].name, certrender_face_nobody[n].name)
                == 0)
            {
                face->fields[i].value =
                    cert_strz(certrender_face_nobody[n].value);
            }
        }
    }

    if (face->job.photo.len != 0) {
        face->job.photo.data = certrender_face_pixel;
        face->job.photo.len = sizeof(certrender_face_pixel);
    }
}


/* In any order: a template looks them up by name. */
static void
certrender_face_add(certrender_face_t *face, const char *name,
    cert_str_t value)
{
    face->fields[face->n].name = name;
    face->fields[face->n].value = value;
    face->n++;
}


/* "2022年05月15日"; empty if there is no date. */
static void
certrender_face_date(char text[CERTRENDER_FACE_DATE_SIZE], cert_date_t date)
{
    int  year, month, day;

    text[0] = '\0';

    if (date == CERT_DATE_NONE) {
        return;
    }

    cert_date_split(date, &year, &month, &day);

    (void) snprintf(text, CERTRENDER_FACE_DATE_SIZE, "%04d年%02d月%02d日",
                    year, month, day);
}
