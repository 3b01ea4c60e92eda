/*
 * Copyright (C) the ngx_cert authors
 *
 * Reads a code in each line of standard input, where "\n" stands for a line
 * end, and writes its symbols, or an empty line if it is not a code.
 */


#include <stdio.h>
#include <string.h>

#include "cert_code.h"


static size_t
unescape(char *line)
{
    char  *in, *out;

    for (in = out = line; *in != '\0' && *in != '\n'; in++) {
        if (in[0] == '\\' && in[1] == 'n') {
            *out++ = '\n';
            in++;
            continue;
        }

        *out++ = *in;
    }

    return (size_t) (out - line);
}


int
main(void)
{
    char         line[8192], text[CERT_CODE_TEXT_SIZE];
    cert_str_t   in;
    cert_code_t  code;

    in.data = (const uint8_t *) line;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        in.len = unescape(line);
        text[0] = '\0';

        if (cert_code_parse(&code, in) == CERT_OK) {
            cert_code_format(&code, text);
        }

        printf("%s\n", text);
    }

    return 0;
}
