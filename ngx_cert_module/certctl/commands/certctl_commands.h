/*
 * Copyright (C) the ngx_cert authors
 *
 * The commands.  Each reads its own options from "argv", whose first word is
 * its name, opens what it needs and returns the exit status; what it opened
 * in "ctl" is closed by main().
 */


#ifndef CERTCTL_COMMANDS_H_INCLUDED
#define CERTCTL_COMMANDS_H_INCLUDED


#include "certctl.h"


int cmd_init(certctl_t *ctl, int argc, char **argv);
int cmd_keys(certctl_t *ctl, int argc, char **argv);
int cmd_policy(certctl_t *ctl, int argc, char **argv);
int cmd_catalog(certctl_t *ctl, int argc, char **argv);
int cmd_import(certctl_t *ctl, int argc, char **argv);
int cmd_export(certctl_t *ctl, int argc, char **argv);
int cmd_show(certctl_t *ctl, int argc, char **argv);
int cmd_revoke(certctl_t *ctl, int argc, char **argv);
int cmd_suspend(certctl_t *ctl, int argc, char **argv);
int cmd_reinstate(certctl_t *ctl, int argc, char **argv);
int cmd_replace(certctl_t *ctl, int argc, char **argv);
int cmd_account(certctl_t *ctl, int argc, char **argv);
int cmd_annotate(certctl_t *ctl, int argc, char **argv);
int cmd_withdraw(certctl_t *ctl, int argc, char **argv);
int cmd_token(certctl_t *ctl, int argc, char **argv);
int cmd_verify(certctl_t *ctl, int argc, char **argv);
int cmd_journal(certctl_t *ctl, int argc, char **argv);
int cmd_fsck(certctl_t *ctl, int argc, char **argv);
int cmd_backup(certctl_t *ctl, int argc, char **argv);
int cmd_restore(certctl_t *ctl, int argc, char **argv);
int cmd_prune(certctl_t *ctl, int argc, char **argv);
int cmd_fonts(certctl_t *ctl, int argc, char **argv);
int cmd_doctor(certctl_t *ctl, int argc, char **argv);
int cmd_stat(certctl_t *ctl, int argc, char **argv);
int cmd_upgrade(certctl_t *ctl, int argc, char **argv);


/* cmd_policy.c */

/*
 * As cert_policy_set(), and CERT_INVALID for an address with a path.  A store
 * may have one from earlier, so the library does not refuse it.
 */
cert_err_t cmd_policy_value(cert_policy_t *policy, cert_str_t key,
    cert_str_t value, cert_reason_t *reason);


#endif /* CERTCTL_COMMANDS_H_INCLUDED */
