/*
 * Copyright (C) the ngx_cert authors
 *
 * Rows of an import: from the bytes of a CSV file to a certificate record.  An
 * input that begins with "|" are the fields of one row, divided by it: for the
 * rules alone, which is faster by far.
 */


#include <sys/mman.h>
#include <unistd.h>

#include "cert_seal_int.h"
#include "fuzz.h"
#include "cert_record_int.h"
#include "certctl_csv.h"
#include "certctl_row.h"


static certctl_rules_t  rules;
static certctl_row_t    row, again;


static void
begin(void)
{
    cert_policy_t  policy;

    cert_policy_init(&policy);
    must(cert_patterns_create(&rules.patterns, &policy, NULL) == CERT_OK);
    rules.today = day("2026-01-01");
}


/* What was taken fits a record, and a reader of it gets the same. */
static void
record(cert_facts_t facts, const cert_person_t *person)
{
    uint8_t             personal[CERT_PERSONAL_MAX];
    uint8_t             bytes[CERT_RECORD_MAX];
    cert_hidden_t       hidden, hidden2;
    cert_writer_t       w;
    cert_certificate_t  c;

    /* Not said: as it is, which the change puts into words. */
    if (facts.status == CERT_STATUS_KEEP) {
        facts.status = CERT_STATUS_VALID;
    }

    memset(&hidden, 0, sizeof(hidden));
    must(cert_person_hide(fuzz_ring(), facts.number, person, &hidden,
                          personal)
         == CERT_OK);

    w = cert_writer(bytes, sizeof(bytes) - CERT_SEAL_SIZE);
    cert_certificate_encode(&w, &facts, 0, &hidden);
    must(!w.is_full);

    must(cert_certificate_decode(&c, &hidden2, cert_writer_str(&w))
         == CERT_OK);
    must(fuzz_is_same(c.facts.masked_name, facts.masked_name));
    must(cert_person_reveal(fuzz_ring(), c.facts.number, &hidden2, &c.person)
         == CERT_OK);
    must(strcmp(c.person.name.data, person->name.data) == 0);
    must(strcmp(c.person.id_number.data, person->id_number.data) == 0);
    must(c.person.birth_date == person->birth_date);
}


static cert_str_t
str(const cert_text_t *text)
{
    return (cert_str_t) { (const uint8_t *) text->data, text->len };
}


/* What was folded is taken as it is: an export can be imported. */
static void
taken(const cert_str_t *fields)
{
    char           birth[CERT_DATE_TEXT_SIZE], approved[CERT_DATE_TEXT_SIZE];
    cert_str_t     exported[CERTCTL_COLS];
    cert_facts_t  *facts = &row.certificate.facts;

    record(*facts, &row.certificate.person);

    memcpy(exported, fields, sizeof(exported));
    exported[CERTCTL_COL_NUMBER] = facts->number;
    exported[CERTCTL_COL_NAME] = str(&row.certificate.person.name);
    exported[CERTCTL_COL_ID_NUMBER] = str(&row.certificate.person.id_number);
    exported[CERTCTL_COL_SEX] = str(&row.certificate.person.sex);
    exported[CERTCTL_COL_QUALIFICATION] = facts->qualification;
    exported[CERTCTL_COL_SPECIALTY] = facts->specialty;
    exported[CERTCTL_COL_LEVEL] = facts->level;
    exported[CERTCTL_COL_ISSUER] = facts->issuer;
    cert_date_format(facts->approved, approved);
    exported[CERTCTL_COL_APPROVED] = cert_strz(approved);

    if (row.certificate.person.birth_date != CERT_DATE_NONE) {
        cert_date_format(row.certificate.person.birth_date, birth);
        exported[CERTCTL_COL_BIRTH_DATE] = cert_strz(birth);
    }

    must(certctl_row_read(&again, exported, &rules) == CERT_OK);
    must(fuzz_is_same(again.certificate.facts.number, facts->number));
    must(fuzz_is_same(again.certificate.facts.issuer, facts->issuer));
    must(fuzz_is_same(again.certificate.facts.masked_name,
                      facts->masked_name));
    must(again.certificate.facts.approved == facts->approved);
    must(again.certificate.facts.status == facts->status);
}


static void
read_row(const cert_str_t *fields)
{
    if (certctl_row_read(&row, fields, &rules) == CERT_OK) {
        taken(fields);

    } else {
        must(row.column < CERTCTL_COLS && row.why != NULL);
    }
}


static void
fields_only(cert_str_t in)
{
    cert_str_t  fields[CERTCTL_COLS];

    for (size_t n = 0; n < CERTCTL_COLS; n++) {
        fields[n] = in;

        for (fields[n].len = 0;
             fields[n].len < in.len && in.data[fields[n].len] != '|'; )
        {
            fields[n].len++;
        }

        in.data += fields[n].len + (fields[n].len < in.len);
        in.len -= fields[n].len + (fields[n].len < in.len);
    }

    read_row(fields);
}


static void
rows(certctl_csv_t *csv, size_t size)
{
    size_t      n;
    uint64_t    line = 0;
    cert_err_t  err;
    cert_str_t  fields[CERTCTL_COLS];

    while ((err = certctl_csv_next(csv)) != CERT_NOT_FOUND) {
        must(err == CERT_OK || (err == CERT_INVALID && csv->why != NULL));

        /* At most three bytes of UTF-8 for one of another encoding. */
        must(csv->line > line && csv->raw.len <= 3 * size);
        line = csv->line;

        if (err != CERT_OK) {
            continue;
        }

        for (n = 0; n < CERTCTL_COLS; n++) {
            fields[n] = n < csv->fields_n ? csv->fields[n] : cert_str("");
        }

        read_row(fields);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    certctl_csv_t  *csv;

    static int      fd = -1;

    if (fd == -1) {
        begin();
        fd = memfd_create("row", MFD_CLOEXEC);
    }

    if (size != 0 && data[0] == '|') {
        fields_only((cert_str_t) { data + 1, size - 1 });
        return 0;
    }

    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, data, size, 0) == (ssize_t) size);
    must(lseek(fd, 0, SEEK_SET) == 0);

    csv = certctl_csv_open_fd(fd);
    must(csv != NULL);
    rows(csv, size);
    certctl_csv_close(csv);

    return 0;
}
