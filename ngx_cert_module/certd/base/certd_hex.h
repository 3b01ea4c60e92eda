/*
 * Copyright (C) the ngx_cert authors
 *
 * Hex digits.
 */


#ifndef CERTD_HEX_H_INCLUDED
#define CERTD_HEX_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


/* Writes 2 * n digits in lower case and a zero at "text". */
void certd_hex_encode(char *text, const uint8_t *bytes, size_t n);

/* The value of a digit of either case; -1: it is not one. */
int certd_hex_value(uint8_t ch);


#endif /* CERTD_HEX_H_INCLUDED */
