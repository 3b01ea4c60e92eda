/*
 * Copyright (C) the ngx_cert authors
 *
 * Workbooks: from the bytes of an .xlsx file to its rows.  An input that begins
 * with "|" are the parts of one, divided by it, which are packed here: what
 * changes a part then keeps its length and checksum right, and reaches the
 * readers of XML, texts, styles and cells.  Any other is a file as it is.
 */


#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "certctl_table.h"


#define FILE_MAX  (1u << 16)

typedef struct {
    uint8_t  bytes[FILE_MAX];
    size_t   len;
} file_t;

/* What one reading came to. */
typedef struct {
    cert_err_t  err;
    uint64_t    rows;
    uint64_t    sum;        /* over all fields */
} reading_t;


/* In the order of an input. */
static const char *const  names[] = {
    "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml",
    "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
};

#define PARTS  (sizeof(names) / sizeof(names[0]))

/* Of a part that an input leaves out; the first two it has to have. */
static const char *const  usual[PARTS] = {
    "", "", "<styleSheet><cellXfs><xf numFmtId='0'/><xf numFmtId='14'/>"
    "</cellXfs></styleSheet>",
    "<workbook xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/"
    "relationships'><sheets><sheet name='a' sheetId='1' r:id='r1'/></sheets>"
    "</workbook>",
    "<Relationships><Relationship Id='r1' Type='http://schemas.openxmlformats."
    "org/officeDocument/2006/relationships/worksheet' Target='worksheets/sheet1"
    ".xml'/><Relationship Id='r2' Type='http://schemas.openxmlformats.org/"
    "officeDocument/2006/relationships/sharedStrings' Target='sharedStrings.xml"
    "'/><Relationship Id='r3' Type='http://schemas.openxmlformats.org/"
    "officeDocument/2006/relationships/styles' Target='styles.xml'/>"
    "</Relationships>"
};


static uint32_t
checksum(cert_str_t part)
{
    uint32_t  crc = UINT32_MAX;

    for (size_t i = 0; i < part.len; i++) {
        crc ^= part.data[i];

        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        }
    }

    return ~crc;
}


static void
put(file_t *out, const void *data, size_t len)
{
    must(out->len + len <= FILE_MAX);

    if (len != 0) {
        memcpy(out->bytes + out->len, data, len);
        out->len += len;
    }
}


static void
number(file_t *out, uint32_t n, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        put(out, &(uint8_t) { (uint8_t) (n >> 8 * i) }, 1);
    }
}


/* What a part's header and its line in the directory have in common. */
static void
facts(file_t *out, const char *name, cert_str_t part)
{
    number(out, 10, 2);
    number(out, 0, 4);                      /* flags, stored */
    number(out, 0x00210000, 4);             /* 1980-01-01 */
    number(out, checksum(part), 4);
    number(out, (uint32_t) part.len, 4);
    number(out, (uint32_t) part.len, 4);
    number(out, (uint32_t) strlen(name), 2);
    number(out, 0, 2);
}


static void
packed(file_t *out, const cert_str_t *parts)
{
    size_t    i, begin;
    uint32_t  at[PARTS];

    out->len = 0;

    for (i = 0; i < PARTS; i++) {
        at[i] = (uint32_t) out->len;
        number(out, 0x04034B50, 4);
        facts(out, names[i], parts[i]);
        put(out, names[i], strlen(names[i]));
        put(out, parts[i].data, parts[i].len);
    }

    begin = out->len;

    for (i = 0; i < PARTS; i++) {
        number(out, 0x02014B50, 4);
        number(out, 10, 2);
        facts(out, names[i], parts[i]);
        number(out, 0, 2);
        number(out, 0, 4);
        number(out, 0, 4);
        number(out, at[i], 4);
        put(out, names[i], strlen(names[i]));
    }

    number(out, 0x06054B50, 4);
    number(out, 0, 4);
    number(out, PARTS, 2);
    number(out, PARTS, 2);
    number(out, (uint32_t) (out->len - begin), 4);
    number(out, (uint32_t) begin, 4);
    number(out, 0, 2);
}


static void
divided(file_t *out, cert_str_t in)
{
    cert_str_t  parts[PARTS];

    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = in;

        for (parts[i].len = 0;
             parts[i].len < in.len && in.data[parts[i].len] != '|'; )
        {
            parts[i].len++;
        }

        in.data += parts[i].len + (parts[i].len < in.len);
        in.len -= parts[i].len + (parts[i].len < in.len);

        if (parts[i].len == 0) {
            parts[i] = cert_strz(usual[i]);
        }
    }

    packed(out, parts);
}


/* A field is whole and of the row, so every byte of it is read. */
static void
row(const certctl_table_t *table, reading_t *reading)
{
    size_t  i, k;

    for (i = 0; i < table->fields_n && i < CERTCTL_CSV_FIELDS_MAX; i++) {
        reading->sum = reading->sum * 31 + table->fields[i].len;

        for (k = 0; k < table->fields[i].len; k++) {
            reading->sum = reading->sum * 31 + table->fields[i].data[k];
        }
    }

    must(table->why == NULL || table->bad < CERTCTL_CSV_FIELDS_MAX);
    must(!table->is_rounded || table->why != NULL);
    reading->rows++;
}


static reading_t
read_all(int fd)
{
    uint64_t          line = 0;
    reading_t         reading = { CERT_OK, 0, 0 };
    cert_reason_t     reason;
    certctl_table_t  *table;

    cert_reason_set(&reason, "%s", "");
    must(lseek(fd, 0, SEEK_SET) == 0);

    reading.err = certctl_table_open(&table, fd, NULL, NULL, &reason);
    must(reading.err == CERT_OK || reason.text[0] != '\0');

    if (reading.err != CERT_OK) {
        return reading;
    }

    while (reading.err == CERT_OK || reading.err == CERT_INVALID) {
        reading.err = certctl_table_next(table, &reason);

        if (reading.err == CERT_OK) {
            must(table->line > line);
            row(table, &reading);
            line = table->line;

        } else if (reading.err == CERT_INVALID && table->why == NULL) {
            must(reason.text[0] != '\0');
            break;

        } else if (reading.err == CERT_INVALID) {
            must(table->line > line);
            line = table->line;
        }
    }

    certctl_table_close(table);

    return reading;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reading_t       once, again;

    static int      fd = -1;
    static file_t  file;

    if (fd == -1) {
        fd = memfd_create("sheet", MFD_CLOEXEC);
    }

    if (size > FILE_MAX / 2) {
        return 0;
    }

    file.len = 0;

    if (size != 0 && data[0] == '|') {
        divided(&file, (cert_str_t) { data + 1, size - 1 });

    } else {
        put(&file, data, size);
    }

    must(ftruncate(fd, 0) == 0);
    must(pwrite(fd, file.bytes, file.len, 0) == (ssize_t) file.len);

    /* An import reads twice: the look at rounded numbers, and then the rows. */

    once = read_all(fd);
    again = read_all(fd);
    must(once.err == again.err && once.rows == again.rows
         && once.sum == again.sum);

    return 0;
}
