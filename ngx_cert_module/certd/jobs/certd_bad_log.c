/*
 * Copyright (C) the ngx_cert authors
 *
 * What is logged of bad PDFs.
 */


#include "certd_bad_log.h"


/* Lines of alarms, and others, in a minute; more are one line at its end. */
#define CERTD_BAD_LOG_ALARMS     20
#define CERTD_BAD_LOG_MINUTE_MS  60000


void
certd_bad_log_open(certd_bad_log_t *log)
{
    log->minute_ms = certd_clock_ms();
    log->trouble_ms = INT64_MIN;
}


/* A folder that is gone must not fill the log. */
void
certd_bad_log_alarm(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code, certd_look_result_t result)
{
    char  path[CERTD_PATH_MAX];

    if (log->alarms >= CERTD_BAD_LOG_ALARMS) {
        log->unsaid++;
        return;
    }

    log->alarms++;
    certd_look_path(certd, code, path);

    certd_log(CERTD_LOG_ALERT, "\"%s\": %s; downloads of it get 503 until it "
              "is restored from a backup", path, certd_look_text(result));
}


/* Nor must one that is back. */
void
certd_bad_log_notice(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code, certd_look_result_t result)
{
    char  path[CERTD_PATH_MAX];

    if (log->notices >= CERTD_BAD_LOG_ALARMS) {
        log->eased++;
        return;
    }

    log->notices++;
    certd_look_path(certd, code, path);

    certd_log(CERTD_LOG_NOTICE, "\"%s\": %s; downloads of it are no longer "
              "refused", path,
              result == CERTD_LOOK_SOUND ? certd_look_text(CERTD_LOOK_SOUND)
                                         : "its copy is no longer in force");
}


/* Two daemons at one store would do so to each other once a second. */
void
certd_bad_log_changed(certd_bad_log_t *log, const char *path)
{
    if (log->notices >= CERTD_BAD_LOG_ALARMS) {
        return;
    }

    log->notices++;

    certd_log(CERTD_LOG_WARNING, "\"%s/certd.bad\" was changed by another "
              "program and is replaced", path);
}


/* Once a minute: the cause is the same for every file. */
void
certd_bad_log_trouble(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code)
{
    char     path[CERTD_PATH_MAX];
    int64_t  now_ms;

    now_ms = certd_clock_ms();

    if (log->trouble_ms > now_ms - CERTD_BAD_LOG_MINUTE_MS) {
        return;
    }

    log->trouble_ms = now_ms;
    certd_look_path(certd, code, path);

    certd_log(CERTD_LOG_WARNING, "cannot check \"%s\", and maybe others: the "
              "record cannot be read, or user or group of certd may not read "
              "the file", path);
}


void
certd_bad_log_minute(certd_bad_log_t *log)
{
    int64_t  now_ms;

    now_ms = certd_clock_ms();

    if (now_ms < log->minute_ms + CERTD_BAD_LOG_MINUTE_MS) {
        return;
    }

    if (log->unsaid > 0) {
        certd_log(CERTD_LOG_ALERT, "%u more bad PDFs were found in the last "
                  "minute: \"certctl fsck --files\" lists them all",
                  log->unsaid);
    }

    if (log->eased > 0) {
        certd_log(CERTD_LOG_NOTICE, "downloads of %u more PDFs are no longer "
                  "refused", log->eased);
    }

    log->minute_ms = now_ms;
    log->alarms = 0;
    log->unsaid = 0;
    log->notices = 0;
    log->eased = 0;
}


void
certd_bad_log_unwritten(certd_bad_log_t *log, const cert_reason_t *reason)
{
    int64_t  now_ms;

    now_ms = certd_clock_ms();

    if (log->trouble_ms > now_ms - CERTD_BAD_LOG_MINUTE_MS) {
        return;
    }

    log->trouble_ms = now_ms;

    certd_log(CERTD_LOG_ALERT, "cannot write the list of bad PDFs, so nginx "
              "goes on sending them: %s", reason->text);
}
