/*
 * Copyright (C) the ngx_cert authors
 *
 * Links to view or download a copy.
 */


#include <stdio.h>

#include "cert_link.h"


void
cert_link_format(const cert_policy_t *policy, cert_right_t right,
    const char token[CERT_TOKEN_TEXT_SIZE], char link[CERT_LINK_SIZE])
{
    (void) snprintf(link, CERT_LINK_SIZE, "%s/%s/%s", policy->public_url,
                    cert_right_name(right), token);
}
