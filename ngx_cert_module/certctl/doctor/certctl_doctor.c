/*
 * Copyright (C) the ngx_cert authors
 *
 * The lines of a diagnosis, printed as they are found: an operator who waits
 * for the public address has read the rest by then.
 */


#include <stdarg.h>

#include "certctl_doctor.h"
#include "certctl_json.h"


/* Bytes of one finding. */
#define CERTCTL_DOCTOR_TEXT  1024

static const char *const  certctl_doctor_levels[] = {
    "ok", "warning", "error"
};


certctl_level_t
certctl_doctor_level(const char *name)
{
    certctl_level_t  level;

    for (level = CERTCTL_SOUND; level < CERTCTL_FAULT; level++) {
        if (name != NULL && strcmp(name, certctl_doctor_levels[level]) == 0) {
            break;
        }
    }

    return level;
}


void
certctl_doctor_say(certctl_doctor_t *doctor, certctl_level_t level,
    const char *topic, const char *remedy, const char *fmt, ...)
{
    char     text[CERTCTL_DOCTOR_TEXT];
    json_t  *json;
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    doctor->counts[level]++;

    if (doctor->findings != NULL) {
        json = json_pack("{ssssss*ss*}", "level", certctl_doctor_levels[level],
                         "topic", topic, "text", text, "remedy", remedy);
        certjson_add(&doctor->findings, json);
        return;
    }

    printf("%-8s %s: %s\n", certctl_doctor_levels[level], topic, text);

    if (remedy != NULL) {
        printf("%-8s   %s.\n", "", remedy);
    }

    (void) fflush(stdout);
}
