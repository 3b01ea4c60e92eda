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


int certctl_init(certctl_t *ctl, int argc, char **argv);
int certctl_keys(certctl_t *ctl, int argc, char **argv);
int certctl_policy(certctl_t *ctl, int argc, char **argv);
int certctl_catalog(certctl_t *ctl, int argc, char **argv);
int certctl_import(certctl_t *ctl, int argc, char **argv);
int certctl_export(certctl_t *ctl, int argc, char **argv);
int certctl_show(certctl_t *ctl, int argc, char **argv);
int certctl_revoke(certctl_t *ctl, int argc, char **argv);
int certctl_suspend(certctl_t *ctl, int argc, char **argv);
int certctl_reinstate(certctl_t *ctl, int argc, char **argv);
int certctl_replace(certctl_t *ctl, int argc, char **argv);
int certctl_account(certctl_t *ctl, int argc, char **argv);
int certctl_annotate(certctl_t *ctl, int argc, char **argv);
int certctl_withdraw(certctl_t *ctl, int argc, char **argv);
int certctl_token(certctl_t *ctl, int argc, char **argv);
int certctl_verify(certctl_t *ctl, int argc, char **argv);
int certctl_journal(certctl_t *ctl, int argc, char **argv);
int certctl_fsck(certctl_t *ctl, int argc, char **argv);
int certctl_backup(certctl_t *ctl, int argc, char **argv);
int certctl_restore(certctl_t *ctl, int argc, char **argv);
int certctl_prune(certctl_t *ctl, int argc, char **argv);
int certctl_stat(certctl_t *ctl, int argc, char **argv);


#endif /* CERTCTL_COMMANDS_H_INCLUDED */
