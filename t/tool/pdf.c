/*
 * Copyright (C) the ngx_cert authors
 *
 * The PDF layer on the command line, for the tests t/60-*.t.
 *
 *     pdf render TEMPLATES FACE SEAL BAND OUT TIME PHOTO QR [NAME=VALUE ...]
 *     pdf compose IN OUT TIME
 *     pdf seal KEY PASSPHRASE TIME [IN OUT]
 *     pdf resign KEY IN OUT
 *     pdf verify CA FILE ...
 *     pdf publish ROOT NAME FILE MODE
 *     pdf wordless TEMPLATES KEY TIME
 *     pdf bench TEMPLATES KEY COUNT FACE [NAME=VALUE ...]
 *
 * Prints the name of the error, or of the finding, and the reason.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "certpdf_bytes.h"
#include "certpdf_compose_int.h"
#include "certpdf_render.h"
#include "certpdf_seal.h"
#include "certpdf_seal_cms_int.h"
#include "certpdf_seal_int.h"
#include "certpdf_seal_key_int.h"
#include "certpdf_verify.h"
#include "certrender_publish.h"


#define FIELDS_MAX  32


static int
report(cert_err_t err, const cert_reason_t *reason)
{
    printf("%s%s%s\n", cert_err_name(err), err == CERT_OK ? "" : ": ",
           err == CERT_OK ? "" : reason->text);

    if (ERR_peek_error() != 0) {
        printf("error queue is not empty\n");
        return 1;
    }

    return err != CERT_OK;
}


static cert_str_t
load(const char *path)
{
    FILE        *f;
    long         len;
    uint8_t     *data;
    cert_str_t   bytes;

    bytes.data = NULL;
    bytes.len = 0;

    if (path[0] == '\0') {
        return bytes;
    }

    f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }

    rewind(f);
    data = malloc((size_t) len + 1);

    if (data == NULL || fread(data, 1, (size_t) len, f) != (size_t) len) {
        exit(2);
    }

    fclose(f);

    bytes.data = data;
    bytes.len = (size_t) len;

    return bytes;
}


static void
save(const char *path, const certpdf_bytes_t *bytes)
{
    FILE  *f;

    f = fopen(path, "wb");

    if (f == NULL || fwrite(bytes->data, 1, bytes->len, f) != bytes->len
        || fclose(f) != 0)
    {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(2);
    }
}


static cert_str_t
text(const char *s)
{
    return cert_strz(s);
}


static size_t
fields(certpdf_field_t *list, char **argv)
{
    char    *equals;
    size_t   n;

    for (n = 0; n < FIELDS_MAX && argv[n] != NULL; n++) {
        equals = strchr(argv[n], '=');
        if (equals == NULL) {
            exit(2);
        }

        *equals = '\0';
        list[n].name = argv[n];
        list[n].value = text(equals + 1);
    }

    return n;
}


static int
render(char **argv)
{
    cert_err_t           err;
    cert_reason_t        reason;
    certpdf_job_t        job;
    certpdf_bytes_t      pdf;
    certpdf_field_t      list[FIELDS_MAX];
    certpdf_renderer_t  *renderer;

    err = certpdf_renderer_open(&renderer, argv[0], NULL, &reason);
    if (err != CERT_OK) {
        return report(err, &reason);
    }

    memset(&job, 0, sizeof(job));
    job.face = argv[1];
    job.seal = argv[2];
    job.band = argv[3];
    job.time = strtoll(argv[5], NULL, 10);
    job.photo = load(argv[6]);
    job.qr = text(argv[7]);
    job.title = "电子证书";
    job.fields = list;
    job.fields_n = fields(list, argv + 8);

    err = certpdf_render(renderer, &job, &pdf, &reason);

    if (err == CERT_OK) {
        save(argv[4], &pdf);
        certpdf_bytes_free(&pdf);
    }

    certpdf_renderer_close(renderer);
    free((void *) (uintptr_t) job.photo.data);

    return report(err, &reason);
}


/* A page that another cairo might have drawn, without stamps. */
static int
compose(char **argv)
{
    cert_str_t       in;
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_job_t    job;
    certpdf_bytes_t  pdf;
    certpdf_links_t  links;

    memset(&job, 0, sizeof(job));
    links.n = 0;
    job.time = strtoll(argv[2], NULL, 10);
    job.title = "电子证书";

    in = load(argv[0]);
    pdf.data = (uint8_t *) (uintptr_t) in.data;
    pdf.len = in.len;

    err = certpdf_compose(&pdf, NULL, 0, &links, &job, &reason);

    if (err == CERT_OK) {
        save(argv[1], &pdf);
    }

    certpdf_bytes_free(&pdf);

    return report(err, &reason);
}


static int
seal(char **argv)
{
    cert_str_t        pdf;
    cert_err_t        err;
    cert_time_t       now;
    cert_reason_t     reason;
    certpdf_seal_t   *s;
    certpdf_bytes_t   sealed;

    now = strtoll(argv[2], NULL, 10);

    err = certpdf_seal_open(&s, argv[0], argv[1][0] ? argv[1] : NULL, now,
                            &reason);

    if (err != CERT_OK || argv[3] == NULL) {
        certpdf_seal_close(err == CERT_OK ? s : NULL);
        return report(err, &reason);
    }

    pdf = load(argv[3]);

    /* Vouched for at one time, and signing at another. */
    if (argv[4] != NULL && argv[5] != NULL) {
        err = certpdf_seal_check_chain(s, argv[5], now, &reason);
        now = argv[6] != NULL ? strtoll(argv[6], NULL, 10) : now;
    }

    if (err == CERT_OK) {
        err = certpdf_seal_apply(s, pdf, now, &sealed, &reason);
    }

    if (err == CERT_OK) {
        save(argv[4], &sealed);
        certpdf_bytes_free(&sealed);
    }

    certpdf_seal_close(s);
    free((void *) (uintptr_t) pdf.data);

    return report(err, &reason);
}


/*
 * A new CMS into a file that has a place for one: what a forger would do, who
 * is not kept from it by the checks of certpdf_seal_open().
 */
static int
resign(char **argv)
{
    size_t            i, len, from, to;
    uint8_t          *cms, *data, digest[CERT_SHA256_SIZE];
    cert_str_t        pdf, key;
    cert_reason_t     reason;
    certpdf_seal_t   *s;
    certpdf_bytes_t   out;

    key = load(argv[0]);
    s = calloc(1, sizeof(certpdf_seal_t));

    if (s == NULL || certpdf_seal_read_pem(s, key, NULL, &reason) != CERT_OK) {
        return 2;
    }

    free((void *) (uintptr_t) key.data);

    pdf = load(argv[1]);
    data = memmem(pdf.data, pdf.len, "/Contents <", 11);
    if (data == NULL) {
        return 2;
    }

    data += 11;
    from = (size_t) (data - pdf.data) - 1;
    to = from + 2 + strspn((char *) data, "0123456789abcdef");

    memset(data, '0', to - from - 2);

    if (!certpdf_cms_digest(pdf, from, to, digest)
        || certpdf_cms_make(s, digest, &cms, &len, &reason) != CERT_OK
        || 2 * len > to - from - 2)
    {
        return 2;
    }

    for (i = 0; i < len; i++) {
        data[2 * i] = (uint8_t) "0123456789abcdef"[cms[i] >> 4];
        data[2 * i + 1] = (uint8_t) "0123456789abcdef"[cms[i] & 15];
    }

    out.data = data - 1 - from;
    out.len = pdf.len;
    save(argv[2], &out);

    OPENSSL_free(cms);
    certpdf_seal_close(s);
    certpdf_bytes_free(&out);

    return 0;
}


static int
verify(char **argv)
{
    int               i, bad;
    cert_str_t        pdf;
    cert_err_t        err;
    cert_reason_t     reason;
    certpdf_report_t  found;

    bad = 0;

    for (i = 1; argv[i] != NULL; i++) {
        pdf = load(argv[i]);
        err = certpdf_verify(pdf, argv[0], &found, &reason);
        free((void *) (uintptr_t) pdf.data);

        if (err != CERT_OK) {
            return report(err, &reason);
        }

        printf("%s: %s: %s: %lld: %s\n", argv[i],
               certpdf_finding_name(found.finding), found.reason.text,
               (long long) found.signed_at, found.signer);

        bad |= found.finding != CERTPDF_GENUINE || ERR_peek_error() != 0;
    }

    return bad;
}


static int
publish(char **argv)
{
    cert_str_t     bytes;
    cert_err_t     err;
    cert_reason_t  reason;

    bytes = load(argv[2]);
    err = certrender_publish(argv[0], argv[1], bytes,
                             (unsigned) strtoul(argv[3], NULL, 8), &reason);
    free((void *) (uintptr_t) bytes.data);

    return report(err, &reason);
}


static double
now_us(void)
{
    struct timespec  ts;

    /* Of the processor: other work on the machine does not count. */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec * 1e6 + (double) ts.tv_nsec / 1e3;
}


static int
by_value(const void *a, const void *b)
{
    const double  *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}


static double
median(double *times, size_t n)
{
    qsort(times, n, sizeof(double), by_value);

    return times[n / 2];
}


/* Draws and seals a copy; "us" is the time that each took. */
static cert_err_t
bench_copy(certpdf_renderer_t *renderer, const certpdf_job_t *job,
    certpdf_seal_t *s, double us[2], size_t *size, cert_reason_t *reason)
{
    double           start;
    cert_err_t       err;
    cert_str_t       bytes;
    certpdf_bytes_t  pdf, sealed;

    us[1] = 0;

    start = now_us();
    err = certpdf_render(renderer, job, &pdf, reason);
    us[0] = now_us() - start;

    if (err != CERT_OK) {
        return err;
    }

    bytes.data = pdf.data;
    bytes.len = pdf.len;

    start = now_us();
    err = certpdf_seal_apply(s, bytes, job->time, &sealed, reason);
    us[1] = now_us() - start;
    certpdf_bytes_free(&pdf);

    if (err == CERT_OK) {
        *size = sealed.len;
        certpdf_bytes_free(&sealed);
    }

    return err;
}


static int
bench(char **argv)
{
    size_t               i, n, size;
    double              *times[2], us[2];
    cert_err_t           err;
    cert_time_t          now;
    cert_reason_t        reason;
    certpdf_job_t        job;
    certpdf_seal_t      *s;
    certpdf_field_t      list[FIELDS_MAX];
    certpdf_renderer_t  *renderer;

    now = time(NULL);
    n = strtoul(argv[2], NULL, 10);
    size = 0;

    err = certpdf_renderer_open(&renderer, argv[0], NULL, &reason);
    if (err == CERT_OK) {
        err = certpdf_seal_open(&s, argv[1], NULL, now, &reason);
    }

    if (err != CERT_OK || n == 0) {
        return report(err, &reason);
    }

    memset(&job, 0, sizeof(job));
    job.face = argv[3];
    job.seal = argv[3];
    job.band = "band";
    job.time = now;
    job.qr = cert_str("https://example.org/check/K7QX2M9DPA4T8WZ3");
    job.title = "电子证书";
    job.fields = list;
    job.fields_n = fields(list, argv + 4);

    if (getenv("PHOTO") != NULL) {
        job.photo = load(getenv("PHOTO"));
    }

    times[0] = calloc(n, sizeof(double));
    times[1] = calloc(n, sizeof(double));

    for (i = 0; i < n && err == CERT_OK; i++) {
        err = bench_copy(renderer, &job, s, us, &size, &reason);
        times[0][i] = us[0];
        times[1][i] = us[1];
    }

    if (err == CERT_OK) {
        printf("render %.0f us, seal %.0f us, %zu bytes\n",
               median(times[0], n), median(times[1], n), size);
    }

    free(times[0]);
    free(times[1]);
    certpdf_seal_close(s);
    certpdf_renderer_close(renderer);

    return report(err, &reason);
}


static void
say(cert_err_t err)
{
    printf("%s\n", cert_err_name(err));
}


/* Each function without a reason: what is refused, and what is opened. */
static int
wordless(char **argv)
{
    cert_time_t          now;
    certpdf_job_t        job;
    certpdf_seal_t      *s;
    certpdf_bytes_t      out;
    certpdf_report_t     found;
    certpdf_renderer_t  *renderer;

    now = strtoll(argv[2], NULL, 10);
    memset(&job, 0, sizeof(job));
    job.face = "";

    say(certpdf_renderer_open(&renderer, "", NULL, NULL));
    say(certpdf_seal_open(&s, "", NULL, now, NULL));
    say(certrender_publish("", "../x", text(""), 0, NULL));
    say(certpdf_verify(text(""), "", &found, NULL));
    say(certpdf_renderer_open(&renderer, argv[0], NULL, NULL));
    say(certpdf_render(renderer, &job, &out, NULL));
    say(certpdf_seal_open(&s, argv[1], NULL, now, NULL));
    say(certpdf_seal_apply(s, text("no PDF"), now, &out, NULL));

    certpdf_renderer_close(renderer);
    certpdf_seal_close(s);

    return 0;
}


int
main(int argc, char **argv)
{
    size_t  i;

    const struct {
        const char  *name;
        int        (*run)(char **argv);
        int          args;
    } commands[] = {
        { "render", render, 8 },
        { "compose", compose, 3 },
        { "seal", seal, 3 },
        { "resign", resign, 3 },
        { "verify", verify, 2 },
        { "publish", publish, 4 },
        { "wordless", wordless, 3 },
        { "bench", bench, 4 }
    };

    if (argc == 1) {
        fprintf(stderr, "usage: pdf COMMAND [ARGUMENT ...]\n");
        return 2;
    }

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0
            && argc - 2 >= commands[i].args)
        {
            return commands[i].run(argv + 2);
        }
    }

    fprintf(stderr, "pdf: unknown command \"%s\", or too few arguments\n",
            argv[1]);

    return 2;
}
