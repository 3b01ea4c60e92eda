/*
 * Copyright (C) the ngx_cert authors
 *
 * Fields for spreadsheets.  A spreadsheet that opens a CSV file makes numbers
 * of digits, shows those of 12 and more in another form, keeps 15 of them, and
 * drops zeros in front; and what begins like a formula it runs.  12E3, 5.10,
 * 3/4, 1-2, MAR1 and TRUE become numbers, days and the like, each program and
 * language its own: so it is given none of these.
 */


#include <csv.h>
#include <string.h>
#include <strings.h>

#include "certctl_csv_write.h"


/* Digits that a spreadsheet shows as they are. */
#define CERTCTL_CSV_DIGITS  11

/* A longer text in a formula is an error, and is never taken for a number. */
#define CERTCTL_CSV_FORMULA_MAX  255


static int certctl_csv_is_taken(cert_str_t field);
static size_t certctl_csv_count(cert_str_t field, const char *these);
static int certctl_csv_is_month(cert_str_t field);
static int certctl_csv_is_day(cert_str_t field);
static int certctl_csv_is_digit(const uint8_t *p, size_t len);


void
certctl_csv_write(FILE *file, cert_str_t field, certctl_csv_form_t form)
{
    if (field.len == 0) {
        fputs("\"\"", file);

    } else if (memchr("=+-@", field.data[0], 4) != NULL) {
        fputs("\"'", file);

        for (size_t i = 0; i < field.len; i++) {
            if (field.data[i] == '"') {
                fputc('"', file);
            }

            fputc(field.data[i], file);
        }

        fputc('"', file);

    } else if (form == CERTCTL_CSV_EXCEL && certctl_csv_is_taken(field)) {
        fprintf(file, "\"=\"\"%.*s\"\"\"", (int) field.len,
                (const char *) field.data);

    } else {
        csv_fwrite(file, field.data, field.len);
    }
}


/*
 * Would become something else: what begins with a digit of any width and is not
 * a short number itself, what is written with the signs of numbers alone, a
 * month with a day, and two words.
 */
static int
certctl_csv_is_taken(cert_str_t field)
{
    size_t       digits, signs;
    const char  *text;

    if (field.len == 0 || field.len > CERTCTL_CSV_FORMULA_MAX
        || memchr(field.data, '"', field.len) != NULL
        || certctl_csv_is_day(field))
    {
        return 0;
    }

    text = (const char *) field.data;
    digits = certctl_csv_count(field, "0123456789");
    signs = certctl_csv_count(field, "0123456789.,/:-+ %()$eE");

    if (digits == field.len) {
        return digits > CERTCTL_CSV_DIGITS || (digits > 1 && text[0] == '0');
    }

    if (certctl_csv_is_digit(field.data, field.len)
        || (text[0] >= '0' && text[0] <= '9'))
    {
        return 1;
    }

    return (digits > 0 && (signs == field.len || certctl_csv_is_month(field)))
           || (field.len == 4 && strncasecmp(text, "true", 4) == 0)
           || (field.len == 5 && strncasecmp(text, "false", 5) == 0);
}


/* How many of its bytes are among these. */
static size_t
certctl_csv_count(cert_str_t field, const char *these)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < field.len; i++) {
        n += field.data[i] != '\0' && strchr(these, field.data[i]) != NULL;
    }

    return n;
}


/* MAR1, June 2022: begins with the English name of a month. */
static int
certctl_csv_is_month(cert_str_t field)
{
    size_t  i;

    static const char  months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (i = 0; field.len > 3 && i < sizeof(months) - 1; i += 3) {
        if (strncasecmp((const char *) field.data, months + i, 3) == 0) {
            return 1;
        }
    }

    return 0;
}


/* 2022-05-15: a cell that is a day reads the same, and can be edited. */
static int
certctl_csv_is_day(cert_str_t field)
{
    size_t  i;

    if (field.len != 10) {
        return 0;
    }

    for (i = 0; i < field.len; i++) {
        if (i == 4 || i == 7 ? field.data[i] != '-'
                             : field.data[i] < '0' || field.data[i] > '9')
        {
            return 0;
        }
    }

    return 1;
}


/* A full-width one, U+FF10 to U+FF19. */
static int
certctl_csv_is_digit(const uint8_t *p, size_t len)
{
    return len >= 3 && p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x90
           && p[2] <= 0x99;
}
