/*
 * Copyright (C) the ngx_cert authors
 *
 * Fields for spreadsheets.  A spreadsheet that opens a CSV file makes numbers
 * of digits, shows those of 12 and more in another form, keeps 15 of them, and
 * drops zeros in front; and what begins like a formula it runs.
 */


#include <csv.h>
#include <string.h>

#include "certctl_csv_write.h"


/* Digits that a spreadsheet shows as they are. */
#define CERTCTL_CSV_DIGITS  11


static int certctl_csv_is_number(cert_str_t field);


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

    } else if (form == CERTCTL_CSV_EXCEL && certctl_csv_is_number(field)) {
        fprintf(file, "\"=\"\"%.*s\"\"\"", (int) field.len,
                (const char *) field.data);

    } else {
        csv_fwrite(file, field.data, field.len);
    }
}


/* Digits alone that would not stay as they are. */
static int
certctl_csv_is_number(cert_str_t field)
{
    size_t  i;

    for (i = 0; i < field.len; i++) {
        if (field.data[i] < '0' || field.data[i] > '9') {
            return 0;
        }
    }

    return field.len > CERTCTL_CSV_DIGITS
           || (field.len > 1 && field.data[0] == '0');
}
