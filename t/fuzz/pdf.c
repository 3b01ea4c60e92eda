/*
 * Copyright (C) the ngx_cert authors
 *
 * Verification of sealed files.  What is in the corpus as it was sealed is
 * "genuine"; nothing else may be, since the key no longer exists.
 *
 * The files are small ones that scripts/fuzz-corpus made; CORPUS is where.
 */


#include <dirent.h>
#include <limits.h>

#include "certpdf_verify.h"
#include "fuzz.h"



#define ORIGINALS  8

static char        ca[PATH_MAX];
static cert_str_t  originals[ORIGINALS];
static size_t      originals_n;


static cert_str_t
load(const char *path)
{
    long      len;
    FILE     *file;
    uint8_t  *bytes;

    file = fopen(path, "rb");
    must(file != NULL && fseek(file, 0, SEEK_END) == 0);
    len = ftell(file);
    rewind(file);
    bytes = malloc((size_t) len);
    must(bytes != NULL && fread(bytes, 1, (size_t) len, file) == (size_t) len);
    fclose(file);

    return (cert_str_t) { bytes, (size_t) len };
}


static void
begin(void)
{
    DIR            *dir;
    char            path[PATH_MAX];
    const char     *corpus;
    struct dirent  *entry;

    corpus = getenv("CORPUS") != NULL ? getenv("CORPUS") : "t/fuzz/corpus";
    snprintf(ca, sizeof(ca), "%s/pdf/authority", corpus);
    snprintf(path, sizeof(path), "%s/pdf", corpus);
    dir = opendir(path);
    must(dir != NULL);

    while ((entry = readdir(dir)) != NULL) {
        if (strncmp(entry->d_name, "sealed", 6) == 0
            && originals_n < ORIGINALS)
        {
            snprintf(path, sizeof(path), "%s/pdf/%s", corpus, entry->d_name);
            originals[originals_n++] = load(path);
        }
    }

    closedir(dir);
    must(originals_n > 0);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t            i;
    cert_str_t        in = { data, size };
    cert_reason_t     reason;
    certpdf_report_t  report;

    if (originals_n == 0) {
        begin();
    }

    for (i = 0; i < originals_n && !fuzz_is_same(in, originals[i]); i++) {
        /* void */
    }

    memset(&report, 0xff, sizeof(report));

    if (certpdf_verify(in, ca, &report, &reason) == CERT_OK) {
        must((report.finding == CERTPDF_GENUINE) == (i < originals_n));
        must(certpdf_finding_name(report.finding)[0] != '\0');
    }

    return 0;
}
