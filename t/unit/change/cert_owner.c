/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes of a holder: whose a certificate is is decided where it is written,
 * and not where it was asked for.
 */


#include "cert_annotation.h"
#include "holder.h"


static fixture_t  f;


/* "key" 0: none. */
static cert_err_t
apply_as(const char *owner, const char *number, uint8_t key,
    cert_outcome_t *outcome)
{
    cert_change_t  c;
    cert_holder_t  holder;

    c = change(&f, CERT_CHANGE_APPLY, "2022-06-20");
    c.u.apply.number = cert_strz(number);
    c.u.apply.scene = cert_str("self");
    c.u.apply.days = 30;
    c.u.apply.code = code_of(&f, "2022-06-20");

    if (owner != NULL) {
        holder = holder_of(&f, owner);
        c.u.apply.owner = &holder;
    }

    if (key != 0) {
        c.u.apply.holder = &holder;
        memset(c.u.apply.key, key, CERT_SHA256_SIZE);
    }

    return apply(&f, &c, outcome);
}


static cert_err_t
withdraw_as(const char *owner, const cert_code_t *code,
    cert_outcome_t *outcome)
{
    cert_change_t  c;
    cert_holder_t  holder;

    c = change(&f, CERT_CHANGE_WITHDRAW, "2022-06-20");
    c.u.copy.code = *code;

    if (owner != NULL) {
        holder = holder_of(&f, owner);
        c.u.copy.owner = &holder;
    }

    return apply(&f, &c, outcome);
}


/* The change is refused for this reason, and leaves no trace. */
static void
is_refused(cert_err_t err, const cert_outcome_t *outcome,
    cert_refusal_t refusal, const char *name)
{
    is_int(err, CERT_REFUSED, "%s: refused", name);
    is_str(cert_refusal_name(outcome->refusal), cert_refusal_name(refusal),
           "%s: why", name);
    is_int(outcome->sequence, 0, "%s: not journaled", name);
}


static unsigned
used(const char *number)
{
    cert_quota_t  quota;

    (void) cert_annotation_quota(f.reader, cert_strz(number),
                                 at("2022-06-20"), &quota);

    return quota.used;
}


static void
test_owner(void)
{
    cert_code_t     first, second;
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", ANNA, &outcome);
    put_certificate(&f, "B1", "李四", BERTA, &outcome);
    enroll(&f, ANNA, "anna", HASH, &outcome);
    enroll(&f, BERTA, "berta", HASH, &outcome);

    is_int(apply_as(ANNA, "A1", 1, &outcome), CERT_OK, "her own");
    first = outcome.code;
    is_int(apply_as(ANNA, "A1", 0, &outcome), CERT_OK, "without a key too");
    second = outcome.code;
    is_refused(apply_as(ANNA, "B1", 0, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "another's");
    is_refused(apply_as(ANNA, "C1", 0, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "nobody's");
    is_refused(apply_as(CLARA, "A1", 0, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "who has no account");
    is_refused(withdraw_as(BERTA, &first, &outcome), &outcome,
               CERT_REFUSAL_NO_ANNOTATION, "another's copy");

    /* The document is corrected between the question and the change. */
    put_certificate(&f, "A1", "张三", CLARA, &outcome);
    is_refused(apply_as(ANNA, "A1", 0, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "hers no more");
    is_refused(apply_as(ANNA, "A1", 1, &outcome), &outcome,
               CERT_REFUSAL_NO_CERTIFICATE, "nor with a key she used");
    is_refused(withdraw_as(ANNA, &first, &outcome), &outcome,
               CERT_REFUSAL_NO_ANNOTATION, "nor its copies");
    is_int(used("A1"), 2, "no slot was used");

    /* A link gives back what was made before, and what was made meanwhile. */
    link_to(&f, ANNA, CLARA, &outcome);
    is_int(apply_as(ANNA, "A1", 1, &outcome), CERT_OK, "linked");
    ok(outcome.is_unchanged, "is the first again");
    is_int(withdraw_as(ANNA, &first, &outcome), CERT_OK, "and withdrawn");
    is_int(apply_as(CLARA, "A1", 0, &outcome), CERT_OK,
           "by the name that is a link");
    is_refused(withdraw_as(BERTA, &second, &outcome), &outcome,
               CERT_REFUSAL_NO_ANNOTATION, "it is nobody else's");

    /* An operator is not a holder. */
    is_int(withdraw_as(NULL, &second, &outcome), CERT_OK, "an operator's");
    is_int(apply_as(NULL, "B1", 0, &outcome), CERT_OK, "whosever it is");

    is_sound(&f, "owners");
}


int
main(void)
{
    fixture_init(&f);
    test_owner();
    fixture_wipe(&f);

    return done_testing();
}
