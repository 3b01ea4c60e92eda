/*
 * Copyright (C) the ngx_cert authors
 *
 * "Not found" says of a certificate that it is not genuine, so a question that
 * cannot have an answer must never get it: a name that was spoilt on its way,
 * an identity card number with a digit too few.
 *
 * The type of the document is not asked.  A number of 18 characters follows GB
 * 11643 whatever the type: residence permits and the permanent residence card
 * have it from the same rules.  Other types have patterns of the policy; but a
 * pattern that is as wide as the default takes anything, and so a long row of
 * digits, which nothing but an identity card has, is judged by its length.
 */


#include "cert_fold.h"
#include "cert_lookup_int.h"
#include "cert_question_int.h"
#include "cert_str_int.h"
#include "cert_text_int.h"


/* Identity cards, of today and of before 1999. */
#define CERT_CN_LEN       18
#define CERT_CN_OLD_LEN   15

/* No other document has as many digits, and nothing but digits. */
#define CERT_DIGITS_MAX   11

typedef struct {
    const char  *name;
    cert_str_t   text;
    size_t       max;
    int          is_ascii;
    cert_err_t (*fold)(cert_text_t *out, cert_str_t in, const char **why);
} cert_question_field_t;


static cert_err_t cert_question_judge_field(const cert_question_field_t *field,
    const char *missing, cert_verdict_t *verdict);
static int cert_question_is_plain(const cert_question_field_t *field);
static cert_err_t cert_question_refuse(cert_verdict_t *verdict,
    const char *field, const char *why);
static cert_err_t cert_question_check_cn(cert_str_t number,
    const cert_verdict_t *verdict, const char **why);
static int cert_question_is_masked(cert_str_t name);
static const char *cert_question_doubt_id(cert_reader_t *reader,
    cert_str_t number, const cert_verdict_t *verdict);
static int cert_question_is_digits(cert_str_t number);


cert_err_t
cert_question_judge(const cert_question_t *question, cert_verdict_t *verdict)
{
    size_t      i;
    cert_err_t  err;

    const cert_question_field_t  fields[] = {
        { "number", question->number, CERT_NUMBER_MAX, 0, cert_fold_number },
        { "name", question->name, CERT_NAME_MAX, 0, cert_fold_name },
        { "id_number", question->id_number, CERT_ID_NUMBER_MAX, 1,
          cert_fold_id_number }
    };

    for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        err = cert_question_judge_field(&fields[i],
                                        "is missing: number, name and "
                                        "id_number are all needed", verdict);
        if (err != CERT_OK) {
            return err;
        }
    }

    return CERT_OK;
}


cert_err_t
cert_question_judge_name(const cert_question_t *question,
    cert_verdict_t *verdict)
{
    const cert_question_field_t  field = {
        "name", question->name, CERT_NAME_MAX, 0, cert_fold_name
    };

    return cert_question_judge_field(&field, "is missing: the whole name that "
                                     "the document shows is needed", verdict);
}


static cert_err_t
cert_question_judge_field(const cert_question_field_t *field,
    const char *missing, cert_verdict_t *verdict)
{
    cert_err_t    err;
    const char   *why;
    cert_text_t   text;

    if (field->text.len == 0) {
        return cert_question_refuse(verdict, field->name, missing);
    }

    if (cert_question_is_plain(field)) {
        return CERT_OK;
    }

    err = field->fold(&text, field->text, &why);
    cert_crypto_wipe(&text, sizeof(text));

    return err == CERT_OK ? CERT_OK
                          : cert_question_refuse(verdict, field->name, why);
}


/*
 * What nearly all questions are: printable ASCII and the common Chinese
 * characters, U+4000 to U+9FFF.  They can be folded, so nobody need try.
 */
static int
cert_question_is_plain(const cert_question_field_t *field)
{
    int             is_blank;
    const uint8_t  *p, *end;

    if (field->text.len > field->max) {
        return 0;
    }

    is_blank = 1;
    p = field->text.data;
    end = p + field->text.len;

    for ( /* void */ ; p < end; p++) {

        if (*p > ' ' && *p <= '~') {
            is_blank = 0;

        } else if (*p >= 0xE4 && *p <= 0xE9 && !field->is_ascii
                   && end - p > 2 && (p[1] & 0xC0) == 0x80
                   && (p[2] & 0xC0) == 0x80)
        {
            is_blank = 0;
            p += 2;

        } else if (*p != ' ') {
            return 0;
        }
    }

    return !is_blank;
}


static cert_err_t
cert_question_refuse(cert_verdict_t *verdict, const char *field,
    const char *why)
{
    verdict->field = field;
    verdict->detail = why;

    return CERT_INVALID;
}


cert_err_t
cert_question_doubt(cert_reader_t *reader, const cert_question_t *question,
    cert_verdict_t *verdict)
{
    const char   *why;
    cert_text_t   number;

    if (cert_question_doubt_name(question, verdict) != CERT_OK) {
        return CERT_INVALID;
    }

    /* What nearly all are, which needs no folding. */

    if (cert_question_check_cn(question->id_number, verdict, &why) == CERT_OK)
    {
        return CERT_NOT_FOUND;
    }

    if (cert_fold_id_number(&number, question->id_number, &why) == CERT_OK) {
        why = cert_question_doubt_id(reader, cert_text_str(&number), verdict);
        cert_crypto_wipe(&number, sizeof(number));
    }

    return why == NULL ? CERT_NOT_FOUND
                       : cert_question_refuse(verdict, "id_number", why);
}


cert_err_t
cert_question_doubt_name(const cert_question_t *question,
    cert_verdict_t *verdict)
{
    return cert_question_is_masked(question->name)
           ? cert_question_refuse(verdict, "name", "holds a sign in place of "
                                  "a character: the whole name is needed")
           : CERT_OK;
}


static cert_err_t
cert_question_check_cn(cert_str_t number, const cert_verdict_t *verdict,
    const char **why)
{
    return cert_id_number_check_cn(number,
                                   cert_time_date(verdict->checked,
                                                  verdict->utc_offset_sec),
                                   NULL, why);
}


/*
 * Signs of masks, such as this product's own, and what programs put for a
 * character that their charset or font does not have.
 */
static int
cert_question_is_masked(cert_str_t name)
{
    size_t          i;
    const uint8_t  *p, *end;

    static const char *const  signs[] = { "■", "□", "〓", "＊", "？" };

    p = name.data;
    end = p + name.len;

    for ( /* void */ ; p < end; p++) {

        if (*p == '*' || *p == '?') {
            return 1;
        }

        /* The lead bytes of these signs. */

        if ((*p != 0xE2 && *p != 0xE3 && *p != 0xEF) || end - p < 3) {
            continue;
        }

        for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
            if (memcmp(p, signs[i], 3) == 0) {
                return 1;
            }
        }
    }

    return 0;
}


/* NULL: a document may have this number, which is folded. */
static const char *
cert_question_doubt_id(cert_reader_t *reader, cert_str_t number,
    const cert_verdict_t *verdict)
{
    const char       *why;
    cert_patterns_t  *patterns;

    if (number.len > CERT_DIGITS_MAX && cert_question_is_digits(number)) {

        if (number.len == CERT_CN_OLD_LEN) {
            return NULL;
        }

        if (number.len != CERT_CN_LEN) {
            return "is too short or too long: that of an identity card has "
                   "18 characters";
        }

        return cert_question_check_cn(number, verdict, &why) == CERT_OK
               ? NULL : why;
    }

    patterns = cert_reader_patterns(reader);

    for (int type = CERT_ID_CN + 1; patterns && type < CERT_ID_TYPES; type++) {
        if (cert_patterns_match_id(patterns, (cert_id_type_t) type, number)) {
            return NULL;
        }
    }

    return patterns != NULL ? "is not the number of any kind of document"
                            : NULL;
}


/* Digits, the last of which may be the check character X. */
static int
cert_question_is_digits(cert_str_t number)
{
    size_t  i;

    for (i = 0; i < number.len; i++) {
        if ((number.data[i] < '0' || number.data[i] > '9')
            && !(number.data[i] == 'X' && i == number.len - 1))
        {
            return 0;
        }
    }

    return 1;
}
