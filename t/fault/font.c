/*
 * Copyright (C) the ngx_cert authors
 *
 * A font stack with two faults (LD_PRELOAD): a text with 崩 in it ends the
 * process, one with 慢 takes forever.
 */


#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


/* As pango declares it, but for the type of the layout. */
void pango_layout_set_text(void *layout, const char *text, int len);


void
pango_layout_set_text(void *layout, const char *text, int len)
{
    size_t  n;

    n = len < 0 ? strlen(text) : (size_t) len;

    if (memmem(text, n, "崩", strlen("崩")) != NULL) {
        abort();
    }

    while (memmem(text, n, "慢", strlen("慢")) != NULL) {
        (void) sleep(1);
    }

    ((__typeof__(&pango_layout_set_text)) dlsym(RTLD_NEXT,
                                                "pango_layout_set_text"))
        (layout, text, len);
}
