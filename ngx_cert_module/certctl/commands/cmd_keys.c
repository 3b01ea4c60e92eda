/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl keys: rotation without an outage.
 *
 * A server that does not know a key cannot read what is sealed under it, so a
 * new key is announced first, in state "verify", and used only after nginx has
 * been reloaded.  Activating it re-seals the records (certctl_reseal.c), and a
 * key may be retired only when nothing is left under it.
 *
 * The keyring file decides, the journal tells: the file is written before the
 * change is journaled, since an entry for a key that does not exist would
 * mislead more than a key without its entry.
 *
 * Token and session keys seal nothing that is stored, so for them a rotation
 * ends with a reload: what was signed under the older key runs out by itself.
 */


#include <sys/stat.h>

#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_keyring.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_owners.h"
#include "certctl_reseal.h"
#include "cmd_init.h"


static int cmd_keys_change(certctl_t *ctl, const certctl_args_t *args,
    int is_activate);
static int cmd_keys_open(certctl_t *ctl);
static int cmd_keys_init(certctl_t *ctl);
static int cmd_keys_list(certctl_t *ctl);
static json_t *cmd_keys_json(certctl_t *ctl, const cert_key_info_t *info);
static int cmd_keys_rotate(certctl_t *ctl, cert_key_use_t use);
static int cmd_keys_activate(certctl_t *ctl, cert_key_use_t use);
static int cmd_keys_retire(certctl_t *ctl, cert_key_use_t use,
    const char *text);
static int cmd_keys_set(certctl_t *ctl, cert_key_use_t use, uint8_t id,
    cert_key_state_t state);
static int cmd_keys_is_sealing(cert_key_use_t use);
static int cmd_keys_journal(certctl_t *ctl, cert_key_use_t use,
    uint8_t id, cert_key_state_t state);
static int cmd_keys_say(certctl_t *ctl, cert_key_use_t use, uint8_t id,
    cert_key_state_t state, const char *text);


int
cmd_keys(certctl_t *ctl, int argc, char **argv)
{
    int              status, is_activate;
    const char      *action;
    certctl_args_t   args;

    is_activate = 0;

    certctl_option_t  list[] = {
        { "activate", CERTCTL_FLAG, &is_activate },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 3, &args);
    if (status != 0) {
        return status;
    }

    action = args.v[0];

    if (is_activate && strcmp(action, "rotate") != 0) {
        return certctl_usage(ctl, "\"--activate\" goes with \"rotate\"");
    }

    if (args.n == 1 && strcmp(action, "init") == 0) {
        return cmd_keys_init(ctl);
    }

    if (args.n == 1 && strcmp(action, "list") == 0) {
        status = certctl_home_open_keys(ctl);
        return status != 0 ? status : cmd_keys_list(ctl);
    }

    return cmd_keys_change(ctl, &args, is_activate);
}


/* What can be refused without the store is refused before it is opened. */
static int
cmd_keys_change(certctl_t *ctl, const certctl_args_t *args,
    int is_activate)
{
    int              status, is_retire;
    cert_key_use_t   use;

    is_retire = strcmp(args->v[0], "retire") == 0;

    if ((!is_retire && strcmp(args->v[0], "rotate") != 0)
        || args->n != 2 + is_retire)
    {
        return certctl_usage(ctl, "expected: list, init, rotate USE "
                             "[--activate] or retire USE ID");
    }

    if (cert_key_use_parse(&use, cert_strz(args->v[1])) != CERT_OK) {
        return certctl_usage(ctl, "unknown key use \"%s\": not token, record, "
                             "match, personal or session", args->v[1]);
    }

    if (use == CERT_KEY_LOOKUP) {
        return certctl_error(ctl, CERT_REFUSED, "the lookup key cannot be "
                             "changed: holders are found by it, and with "
                             "another key no holder would find a certificate");
    }

    status = cmd_keys_open(ctl);
    if (status != 0) {
        return status;
    }

    if (is_retire) {
        return cmd_keys_retire(ctl, use, args->v[2]);
    }

    return is_activate ? cmd_keys_activate(ctl, use)
                       : cmd_keys_rotate(ctl, use);
}


/*
 * The keyrings are read under the lock under which they are written: what
 * another command has changed before is in them.
 */
static int
cmd_keys_open(certctl_t *ctl)
{
    int  status;

    status = certctl_home_lock(ctl, CERTCTL_LOCK_CHANGE);

    if (status == 0) {
        status = certctl_home_open_keys(ctl);
    }

    if (status == 0) {
        status = certctl_home_open_store(ctl, CERT_STORE_WRITE);
    }

    if (status == 0) {
        status = certctl_home_need_private(ctl, "changing keys");
    }

    return status;
}


/* With a store its keys are lost or are there; new ones would open nothing. */
static int
cmd_keys_init(certctl_t *ctl)
{
    int               status;
    char              path[CERTCTL_PATH_MAX];
    struct stat       st;
    certctl_owners_t  owners;

    status = certctl_home_path(ctl, path, "store/data.mdb");
    if (status != 0) {
        return status;
    }

    if (lstat(path, &st) == 0) {
        return certctl_error(ctl, CERT_REFUSED, "a store exists already, and "
                             "new keys would not open it; restore its keys "
                             "from your backup");
    }

    status = certctl_owners_find(ctl, &owners, NULL, NULL, NULL);
    if (status != 0) {
        return status;
    }

    status = cmd_init_home(ctl, &owners);
    if (status != 0) {
        return status;
    }

    return cmd_keys_list(ctl);
}


/* Never the key itself, not even in part. */
static int
cmd_keys_list(certctl_t *ctl)
{
    char             text[CERT_TIME_TEXT_SIZE];
    size_t           n;
    json_t          *list;
    cert_key_info_t  info;

    list = json_array();

    for (n = 0; cert_keyring_info(ctl->ring, n, &info) == CERT_OK; n++) {

        if (ctl->is_json) {
            certjson_add(&list, cmd_keys_json(ctl, &info));
            continue;
        }

        /* UTC: without a store there is no policy, and so no zone. */

        cert_time_format(info.created, 0, text);
        printf("%-8s %3u  %-7s %s\n", cert_key_use_name(info.use), info.id,
               cert_key_state_name(info.state), text);
    }

    if (!ctl->is_json) {
        json_decref(list);
        return 0;
    }

    return certctl_print(json_pack("{so}", "keys", list));
}


static json_t *
cmd_keys_json(certctl_t *ctl, const cert_key_info_t *info)
{
    return json_pack("{sssissso}", "use", cert_key_use_name(info->use), "id",
                     (int) info->id, "state",
                     cert_key_state_name(info->state), "created",
                     certctl_json_time(ctl, info->created));
}


/* The first phase: a key that every program can learn before it is used. */
static int
cmd_keys_rotate(certctl_t *ctl, cert_key_use_t use)
{
    int              status;
    char             text[128];
    uint8_t          id;
    cert_key_info_t  info;

    if (certctl_keyring_announced(ctl, use, &info)) {
        return certctl_error(ctl, CERT_REFUSED, "%s key %u is announced "
                             "already; next: \"certctl keys rotate %s "
                             "--activate\"", cert_key_use_name(use), info.id,
                             cert_key_use_name(use));
    }

    status = certctl_keyring_add(ctl, use, CERT_KEY_VERIFY, &id);

    if (status == 0) {
        status = certctl_keyring_rewrite(ctl, use);
    }

    if (status == 0) {
        status = cmd_keys_journal(ctl, use, id, CERT_KEY_VERIFY);
    }

    if (status != 0) {
        return status;
    }

    (void) snprintf(text, sizeof(text), "reload nginx, then "
                    "\"certctl keys rotate %s --activate\"",
                    cert_key_use_name(use));

    return cmd_keys_say(ctl, use, id, CERT_KEY_VERIFY, text);
}


/* The second phase; without an announced key it finishes a re-sealing. */
static int
cmd_keys_activate(certctl_t *ctl, cert_key_use_t use)
{
    int              status;
    char             text[128];
    uint64_t         changed;
    cert_key_info_t  info;

    changed = 0;

    if (certctl_keyring_announced(ctl, use, &info)) {
        status = cmd_keys_set(ctl, use, info.id, CERT_KEY_ACTIVE);
        if (status != 0) {
            return status;
        }

    } else if (!certctl_keyring_active(ctl, use, &info) || info.id == 1
               || !cmd_keys_is_sealing(use))
    {
        return certctl_error(ctl, CERT_REFUSED, "no %s key is announced; "
                             "first: \"certctl keys rotate %s\"",
                             cert_key_use_name(use), cert_key_use_name(use));
    }

    if (!cmd_keys_is_sealing(use)) {
        return cmd_keys_say(ctl, use, info.id, CERT_KEY_ACTIVE,
                            "reload nginx once more");
    }

    /* The keyrings stay as they are from here on: others may write again. */

    status = certctl_home_lock(ctl, CERTCTL_LOCK_USE);

    if (status == 0) {
        status = certctl_reseal(ctl, &changed);
    }

    if (status != 0) {
        return status;
    }

    (void) snprintf(text, sizeof(text), "%llu certificates re-sealed; the "
                    "older keys can be retired",
                    (unsigned long long) changed);

    return cmd_keys_say(ctl, use, info.id, CERT_KEY_ACTIVE, text);
}


/* There is no way back, so what is sealed under it is moved first. */
static int
cmd_keys_retire(certctl_t *ctl, cert_key_use_t use, const char *text)
{
    int              status;
    uint64_t         id, changed;
    cert_key_info_t  info;

    if (certctl_options_number(text, 1, 255, &id) != 0) {
        return certctl_usage(ctl, "\"%s\" is not a key id", text);
    }

    if (certctl_keyring_active(ctl, use, &info) && info.id == id) {
        return certctl_error(ctl, CERT_REFUSED, "%s key %u is the active "
                             "one; rotate first", cert_key_use_name(use),
                             info.id);
    }

    /*
     * Proof that nothing needs it: a re-sealing that runs to its end while no
     * other program can write under it.
     */

    if (cmd_keys_is_sealing(use)) {
        status = certctl_reseal(ctl, &changed);
        if (status != 0) {
            return status;
        }
    }

    status = cmd_keys_set(ctl, use, (uint8_t) id, CERT_KEY_RETIRED);
    if (status != 0) {
        return status;
    }

    return cmd_keys_say(ctl, use, (uint8_t) id, CERT_KEY_RETIRED,
                        "reload nginx");
}


/* In memory, then in the file, then in the journal. */
static int
cmd_keys_set(certctl_t *ctl, cert_key_use_t use, uint8_t id,
    cert_key_state_t state)
{
    int         status;
    cert_err_t  err;

    err = cert_keyring_set_state(ctl->ring, use, id, state);

    if (err == CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "no %s key has the id %u",
                             cert_key_use_name(use), id);
    }

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s key %u is retired already",
                             cert_key_use_name(use), id);
    }

    status = certctl_keyring_rewrite(ctl, use);

    return status != 0 ? status : cmd_keys_journal(ctl, use, id, state);
}


/* Keys with which records are sealed, so that a change of key rewrites them. */
static int
cmd_keys_is_sealing(cert_key_use_t use)
{
    return use == CERT_KEY_RECORD || use == CERT_KEY_MATCH
           || use == CERT_KEY_PERSONAL;
}


/* Use, id and state; never the key. */
static int
cmd_keys_journal(certctl_t *ctl, cert_key_use_t use, uint8_t id,
    cert_key_state_t state)
{
    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_change_init(ctl, &change, CERT_CHANGE_KEY);
    if (status != 0) {
        return status;
    }

    change.u.key.use = use;
    change.u.key.id = id;
    change.u.key.state = state;

    return certctl_change_run(ctl, &change, &outcome, "keys");
}


/* With what comes next: a rotation half done is the usual mistake. */
static int
cmd_keys_say(certctl_t *ctl, cert_key_use_t use, uint8_t id,
    cert_key_state_t state, const char *text)
{
    if (ctl->is_json) {
        return certctl_print(json_pack("{sssissss}", "use",
                                 cert_key_use_name(use), "id", (int) id,
                                 "state", cert_key_state_name(state), "next",
                                 text));
    }

    printf("%s key %u: %s; %s\n", cert_key_use_name(use), id,
           cert_key_state_name(state), text);

    return 0;
}
