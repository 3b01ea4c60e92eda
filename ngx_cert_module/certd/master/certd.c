/*
 * Copyright (C) the ngx_cert authors
 *
 * main() of certd: all there is to it is in the master.
 */


#include <openssl/crypto.h>

#include "certd_master.h"


int
main(int argc, char **argv)
{
    int              status;
    certd_options_t  options;

    status = certd_options_read(&options, argc, argv);
    if (status != -1) {
        return status;
    }

    /* Without it OpenSSL would crash at the first use, far from the cause. */
    if (OPENSSL_init_crypto(0, NULL) != 1) {
        certd_log(CERTD_LOG_ERROR, "OpenSSL cannot be initialized");
        return CERTD_SYSTEM;
    }

    return certd_master(&options);
}
