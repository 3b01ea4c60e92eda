/*
 * Copyright (C) the ngx_cert authors
 *
 * Match forms: what of a name, a certificate number, a document number and a
 * code is compared.
 *
 * A text is stored and printed as it was imported (cert_text.h).  People type
 * it in other characters: of full width, with another dot, dash or space, with
 * what a PDF or a messenger put between.  Two spellings of one text have the
 * same match form, byte for byte; a different character remains a different
 * one, however alike it looks (a Greek or Cyrillic letter, a variant of an
 * ideograph).  So compare match forms only, and never print one.
 *
 * What they all undo: compatibility forms (Unicode NFKC: full width,
 * ligatures, Kangxi radicals), other radicals and strokes that stand for an
 * ideograph, white space of all kinds, and format characters, which show
 * nothing: zero width, writing direction, byte order marks, variation
 * selectors.
 *
 * All functions are pure and take any bytes.  A match form is NFC and is its
 * own match form; texts that are canonically equal have the same one.
 *
 * CERT_INVALID is the only error; "why" (may be NULL) is then a static
 * sentence part, such as "is too long", which quotes nothing, and "out" is
 * unspecified:
 *     is not UTF-8
 *     is empty (also if nothing but white space and format characters is there)
 *     is too long: the match form is longer than its field may be, or the text
 *         is longer than any spelling of one that fits
 *     holds a control character, a private use character, or a code that is
 *         not a character
 */


#ifndef CERT_FOLD_H_INCLUDED
#define CERT_FOLD_H_INCLUDED


#include "cert_text.h"


/* The symbols of a code. */
#define CERT_FOLD_CODE_SIZE  16


/*
 * A name, at most CERT_NAME_MAX bytes.  Letters are folded to lower case, dots
 * of all kinds to U+00B7, dashes to "-", apostrophes to "'", circles to U+3007;
 * a full stop counts as a dot within a name that has a Chinese character.
 * White space is dropped at both ends and beside Chinese characters and dots,
 * and is one space elsewhere.
 */
cert_err_t cert_fold_name(cert_text_t *out, cert_str_t in, const char **why);

/*
 * A certificate number, at most CERT_NUMBER_MAX bytes.  Letters are folded to
 * upper case and dashes of all kinds to "-"; white space is dropped.  Nearly
 * every printed number is its own match form.
 */
cert_err_t cert_fold_number(cert_text_t *out, cert_str_t in, const char **why);

/*
 * True if both are spellings of one certificate number.  What cannot be folded
 * is a spelling of itself alone.
 */
int cert_fold_is_same_number(cert_str_t a, cert_str_t b);

/*
 * A document number of any type, at most CERT_ID_NUMBER_MAX bytes: as a
 * certificate number, and CERT_INVALID too if it holds anything but printable
 * ASCII after folding.
 */
cert_err_t cert_fold_id_number(cert_text_t *out, cert_str_t in,
    const char **why);

/*
 * What is typed for a word that has no white space: without white space and
 * format characters, with dashes of all kinds as "-", and otherwise unchanged.
 * It may be empty, and hold any character that is UTF-8.  At most CERT_TEXT_MAX
 * bytes.
 */
cert_err_t cert_fold_typed(cert_text_t *out, cert_str_t in, const char **why);

/*
 * The symbols of a code as a person types or pastes it: ASCII letters in upper
 * case and digits, not terminated.  Compatibility forms count as what they
 * stand for, and what else stands between symbols does not count.  Of an
 * address the last part with a symbol counts, without what follows "?" or "#".
 * What follows the last symbol may be a stop, a bracket or any other character
 * and then anything, as a messenger adds it; after white space and dashes alone
 * a letter or digit is a symbol too many.
 *
 * site/assets/js/code.js does the same; t/00-code.t compares the two.
 * CERT_INVALID: not UTF-8, more or less than CERT_FOLD_CODE_SIZE symbols, or
 * more than 1,024 bytes.
 */
cert_err_t cert_fold_code(char symbols[CERT_FOLD_CODE_SIZE], cert_str_t in);


#endif /* CERT_FOLD_H_INCLUDED */
