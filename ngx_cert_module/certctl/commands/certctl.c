/*
 * Copyright (C) the ngx_cert authors
 *
 * The table of commands, and main(), of certctl and of certctl-pdf, which it
 * runs for the commands that draw or read a PDF (certctl_pdf.c).
 *
 * Each command is a function of its own file that opens what it needs.  A
 * common opening before the command was rejected, since half of them must fork,
 * lock or refuse before a store is open.
 *
 * Whatever happens, main() closes the store and then looks whether the output
 * was written: a command that did its work and could not say so has failed.
 *
 * The exit status is an interface: 1 means that the question was answered with
 * no, 3 that it could not be answered.  A script that takes one for the other
 * would call a certificate false because a disk is full.
 */


#include <locale.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>

#include "certctl_commands.h"
#include "certctl_guard.h"
#include "certctl_home.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* The command and what follows it. */
typedef struct {
    int     n;
    char  **v;
} certctl_words_t;


/*
 * The table is the only list of commands: help and man page follow it, and a
 * test compares them.
 */
static const certctl_command_t  certctl_commands[] = {

    { "init", "", "make a home: folders, keys and an empty store",
      "  --map-size BYTES   address space for the store, e.g. 8G (64G);\n"
      "                     doubled when it is full\n"
      "  --user USER        owner of the home, the store and the keys: the\n"
      "                     one that certd runs as (the user that runs this)\n"
      "  --renderer-user USER  owner of the seals and the PDFs: the one that\n"
      "                     signs; has to be in the group of --user\n"
      "  --group NAME       group of nginx's workers, which must be able to\n"
      "                     read the store, the public keys and the PDFs\n"
      "  --public-url URL   what the QR of a copy leads to\n"
      "  --demonstration    allow --at in this store; cannot be undone\n"
      "  --at TIME          time of making, with --demonstration\n",
      cmd_init, 0 },

    { "keys", "list | init | rotate USE [--activate] | retire USE ID",
      "list keys, change to new ones, retire old ones",
      "  rotate USE             announce a new key: nginx has to learn it\n"
      "                         before anything is sealed under it\n"
      "  rotate USE --activate  use the announced key, and re-seal what\n"
      "                         was sealed under older ones; may be repeated\n"
      "  retire USE ID          no longer accept a key\n"
      "  init                   make keyrings that are missing\n"
      "USE is token, record, match, personal or session; lookup is fixed.\n",
      cmd_keys, 0 },

    { "policy", "show | set KEY=VALUE...", "show or change the policy",
      "An empty VALUE removes a scene and resets anything else.\n",
      cmd_policy, 1 },

    { "catalog", "list | import FILE.csv",
      "list qualifications, or import them",
      "  --awaited          import also what names a seal or a template that\n"
      "                     is missing or cannot be used yet\n"
      "Columns: name,issuer,seal,template,annotation_required_from\n",
      cmd_catalog, 1 },

    { "import", "FILE | - | --undo RUN",
      "import certificates from CSV or .xlsx",
      "  --rejects FILE     where refused rows go (FILE.rejects.csv)\n"
      "  --encoding NAME    of a text, such as GB18030 (recognised)\n"
      "  --sheet NAME       of a workbook (the first that is visible)\n"
      "  --force-rounded    import although long numbers look rounded\n"
      "  --any-font         import names that no font of this machine has\n"
      "  --check            do all but import: what would be new, changed,\n"
      "                     refused, and what looks odd\n"
      "  --undo RUN         take back the import that printed this number\n"
      "Columns, in any order, or their Chinese names: number,name,id_type,\n"
      "id_number,sex,birth_date,qualification,specialty,level,approved,\n"
      "issuer; optional:\n"
      "  status             valid, suspended, revoked or replaced; empty: as\n"
      "                     it is, and valid for a new one\n"
      "  replaced_by        the number that replaces it; status replaced only\n"
      "  photo              a JPEG or PNG below the folder of the file\n",
      cmd_import, 0 },

    { "export", "[--file FILE] [--excel]",
      "print all certificates as CSV that import reads",
      "  --file FILE        write there (mode 0600), not to standard output\n"
      "  --excel            so that a spreadsheet opens it without harm\n"
      "Holds personal data; needs the private keys.  Photos are not in it.\n",
      cmd_export, 0 },

    { "show", "NUMBER | CODE", "show a certificate or a copy", "",
      cmd_show, 1 },

    { "revoke", "NUMBER", "end a certificate and its copies", "",
      cmd_revoke, 0 },

    { "suspend", "NUMBER", "suspend a certificate and its copies", "",
      cmd_suspend, 0 },

    { "reinstate", "NUMBER", "lift a suspension", "", cmd_reinstate, 0 },

    { "replace", "OLD NEW", "mark a certificate as replaced by another", "",
      cmd_replace, 0 },

    { "account",
      "list | import FILE | reset USERNAME | link USERNAME NUMBER",
      "list, import and change the accounts of holders",
      "  list                   all; or one: --username NAME or\n"
      "                         --certificate NUMBER\n"
      "  import FILE            from another platform; \"-\": from standard\n"
      "                         input\n"
      "  --rejects FILE         where refused rows go (FILE.rejects.csv)\n"
      "  --encoding NAME        as with \"certctl import\"\n"
      "  --sheet NAME           likewise\n"
      "  --force-rounded        likewise\n"
      "  --check                likewise\n"
      "  --allow-unknown        take a name that no certificate is known for\n"
      "  reset USERNAME         print a new password, end all sessions\n"
      "  --certificate NUMBER   that of its holder, instead of USERNAME\n"
      "  --password-file FILE   take the password from the line of a file;\n"
      "                         \"-\": from standard input\n"
      "  link USERNAME NUMBER   join the document that certificate NUMBER\n"
      "                         stands under now to the account: for a\n"
      "                         holder that registered before the number was\n"
      "                         corrected.  No document number is named here,\n"
      "                         since a command line can be read by all.\n"
      "  --certificate NUMBER   as with reset\n"
      "Columns of an import, in any order: id_type,id_number,username,\n"
      "password; optional:\n"
      "  name                   has to be on a certificate of the document\n"
      "  created                when, by the platform; checked, not kept\n"
      "A password is a hash of crypt(3): yescrypt, gost-yescrypt, scrypt,\n"
      "bcrypt or sha512crypt, also with {bcrypt} or {CRYPT} in front.  A\n"
      "holder that has a login here keeps it.\n",
      cmd_account, 1 },

    { "annotate", "NUMBER | --original NUMBER | --file LIST | --pending",
      "apply for copies, render and seal them",
      "  --scene KEY        what the copy is for (self)\n"
      "  --days N           validity (the longest of the policy)\n"
      "  --original         the copy without expiry of an older certificate\n"
      "  --file LIST        lines of NUMBER[,SCENE[,DAYS]]; \"-\": from\n"
      "                     standard input\n"
      "  --pending          render what waits in the queue\n"
      "  --no-render        only apply: the copies stay \"generating\"\n"
      "  --jobs N           processes that render (one a core)\n",
      cmd_annotate, 0 },

    { "withdraw", "CODE", "withdraw a copy, at once", "",
      cmd_withdraw, 0 },

    { "token", "CODE --right view|download",
      "make a token to view or download a copy",
      "  --right RIGHT      view or download\n"
      "  --ttl SEC          how long it holds (600), never past the copy\n"
      "  --url              print the address, not the token alone\n",
      cmd_token, 1 },

    { "verify", "FILE.pdf", "verify a PDF file: is it a genuine copy",
      "  --no-store         look at the file only\n"
      "  --ca FILE          authorities to trust (HOME/seals/ca.pem)\n"
      "  --public-url URL   where links may lead, with --no-store\n",
      cmd_verify, 1 },

    { "journal", "list [--from N] [--limit N] | verify",
      "list the journal, or verify its chain", "", cmd_journal, 1 },

    { "fsck", "", "verify every record, index and journal entry",
      "  --files            every PDF as well: digest, missing, left over\n",
      cmd_fsck, 0 },

    { "backup", "DIR", "copy the store into a new folder, while in use",
      "  --with-keys        the keyrings too: keep that copy as secret as\n"
      "                     the keys themselves\n",
      cmd_backup, 0 },

    { "restore", "[--accept-loss]",
      "list what a restored store lacks, or go on without it",
      "  --accept-loss      accept the store as it is: what it lacks is lost,\n"
      "                     and the journal says so; makes a mark where\n"
      "                     there is none\n"
      "Lists what the mark beside the store, and sealed copies that the store\n"
      "does not know, say is missing.\n",
      cmd_restore, 0 },

    { "prune", "", "remove the PDFs of copies that expired long ago",
      "  --grace DAYS       how long ago (30)\n"
      "Also forgets each Idempotency-Key with which a copy was applied for\n"
      "more than 7 days ago.\n",
      cmd_prune, 0 },

    { "fonts", "check", "find characters that no installed font has",
      "In names and other texts of all certificates, with the Debian package\n"
      "that has each; needs the private keys.\n", cmd_fonts, 1 },

    { "stat", "", "show figures of the store", "", cmd_stat, 1 },

    { "doctor", "", "look whether all is as it has to be, and what to do",
      "  --worker-user NAME  the account of nginx's workers (www-data, or\n"
      "                     nginx)\n"
      "  --local            do not ask the public address\n"
      "Looks at home, accounts, keys, store, disk, clock, certd, seals,\n"
      "templates, fonts and the public address; as root it sees all.\n",
      cmd_doctor, 1 },

    { "upgrade", "", "turn the store of the version before into one of this",
      "Stop certd first; nginx may go on.  May be cut short and run again.\n",
      cmd_upgrade, 0 },

    { NULL, NULL, NULL, NULL, NULL, 0 }
};


static int certctl_run(certctl_t *ctl, int argc, char **argv);
static int certctl_run_command(certctl_t *ctl, void *data);
static int certctl_is_about(int argc, char **argv);
static const certctl_command_t *certctl_find(const char *name);
static int certctl_is_help(int argc, char **argv);
static void certctl_help(void);
static void certctl_help_command(const certctl_command_t *command);


int
main(int argc, char **argv)
{
    int         status, rc;
    certctl_t  *ctl;

    /* In C.UTF-8 the programs we read from and for agree on bytes. */
    setlocale(LC_CTYPE, "C.UTF-8");

    /* A reader that goes away is an error of write(), told as such. */
    signal(SIGPIPE, SIG_IGN);

    ctl = calloc(1, sizeof(certctl_t));
    if (ctl == NULL) {
        fputs("certctl: out of memory\n", stderr);
        return CERTCTL_SYSTEM;
    }

    ctl->argv = argv;
    ctl->home = CERTCTL_HOME;

    certctl_output_init();

    status = certctl_run(ctl, argc, argv);

    certctl_home_close(ctl);

    /* What was not written was not said. */

    rc = certctl_flush(ctl);

    /* Its random bytes would have become codes. */

    OPENSSL_cleanse(ctl, sizeof(certctl_t));
    free(ctl);

    return rc != 0 ? rc : status;
}


static int
certctl_run(certctl_t *ctl, int argc, char **argv)
{
    int              first, status;
    certctl_words_t  words;

    if (certctl_is_about(argc, argv)) {
        return CERTCTL_YES;
    }

    status = certctl_options_global(ctl, argc, argv, &first);
    if (status != 0) {
        return status;
    }

    if (first >= argc) {
        return certctl_usage(ctl, "no command");
    }

    ctl->command = certctl_find(argv[first]);
    if (ctl->command == NULL) {
        return certctl_usage(ctl, "unknown command \"%s\"", argv[first]);
    }

    if (certctl_is_help(argc - first, argv + first)) {
        certctl_help_command(ctl->command);
        return CERTCTL_YES;
    }

    words = (certctl_words_t) { argc - first, argv + first };

    return ctl->command->is_guarded
           ? certctl_guard(ctl, certctl_run_command, &words)
           : certctl_run_command(ctl, &words);
}


static int
certctl_run_command(certctl_t *ctl, void *data)
{
    certctl_words_t  *words = data;

    return ctl->command->run(ctl, words->n, words->v);
}


/* Help and version come first: they need neither home nor command. */
static int
certctl_is_about(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("certctl " CERTCTL_VERSION);
        return 1;
    }

    if (argc > 1 && (strcmp(argv[1], "--help") == 0
                     || strcmp(argv[1], "-h") == 0))
    {
        certctl_help();
        return 1;
    }

    return 0;
}


/* No beginnings of names: a new command must not change an old script. */
static const certctl_command_t *
certctl_find(const char *name)
{
    const certctl_command_t  *command;

    for (command = certctl_commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }

    return NULL;
}


/* Anywhere before "--": help must not depend on the rest being right. */
static int
certctl_is_help(int argc, char **argv)
{
    int  i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return 1;
        }
    }

    return 0;
}


/* Options that all commands know stand here, and nowhere else in help. */
static void
certctl_help(void)
{
    const certctl_command_t  *command;

    printf("usage: certctl [--home DIR] [--json] COMMAND ...\n\n");

    for (command = certctl_commands; command->name != NULL; command++) {
        printf("  %-10s %s\n", command->name, command->summary);
    }

    printf("\n"
           "  --home DIR         the home folder (" CERTCTL_HOME ")\n"
           "  --templates DIR    folder of templates (HOME/templates first,\n"
           "                     then those that came with certctl)\n"
           "  --at TIME          the time to use, in demonstrations only\n"
           "  --json             print JSON\n"
           "  --version\n\n"
           "Exit status: 0 yes; 1 no: not found, not valid, refused; 2 wrong "
           "usage;\n3 system.  \"certctl COMMAND --help\" tells more.\n");
}


static void
certctl_help_command(const certctl_command_t *command)
{
    printf("usage: certctl [--home DIR] [--json] %s %s\n\n%s.\n",
           command->name, command->arguments, command->summary);

    if (command->help[0] != '\0') {
        printf("\n%s", command->help);
    }
}
