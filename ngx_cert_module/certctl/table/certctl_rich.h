/*
 * Copyright (C) the ngx_cert authors
 *
 * Texts of a workbook, whole or in runs of different fonts: what belongs to
 * the text, and what only says how it sounds.
 */


#ifndef CERTCTL_RICH_H_INCLUDED
#define CERTCTL_RICH_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


typedef struct {
    unsigned  phonetic;     /* open elements of how it sounds */
    int       is_text;      /* inside a piece of the text */
} certctl_rich_t;


/* Elements inside of a text as they begin and end. */
void certctl_rich_start(certctl_rich_t *rich, const char *name);
void certctl_rich_end(certctl_rich_t *rich, const char *name);

/*
 * Decodes _x000D_ and the like in place, which stand for characters that XML
 * cannot hold; returns the new length.
 */
size_t certctl_rich_decode(uint8_t *text, size_t len);


#endif /* CERTCTL_RICH_H_INCLUDED */
