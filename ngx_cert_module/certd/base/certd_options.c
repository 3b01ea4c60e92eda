/*
 * Copyright (C) the ngx_cert authors
 *
 * The command line.
 *
 * Without a configuration file: what the authority decides is policy and lies
 * in the store, and what is left fits into a unit file.  As with certctl,
 * names have to be given in full, since getopt_long() would take any
 * beginning.
 */


#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certd_log.h"
#include "certd_options.h"


#define CERTD_SOCKET  "run/certd.sock"

typedef enum {
    CERTD_TEXT = 0,
    CERTD_NUMBER,
    CERTD_LEVEL
} certd_kind_t;

typedef struct {
    const char    *name;
    certd_kind_t   kind;
    size_t         offset;          /* in certd_options_t */
    unsigned       min;
    unsigned       max;
    const char    *value;           /* name of the value in the help */
    const char    *help;
    const char    *renamed;         /* NULL, or its new name: not in the help */
} certd_option_t;

#define certd_text(name, member, value, help)                                 \
    { name, CERTD_TEXT, offsetof(certd_options_t, member), 0, 0, value, help, \
      NULL }

#define certd_number(name, member, min, max, value, help)                     \
    { name, CERTD_NUMBER, offsetof(certd_options_t, member), min, max, value, \
      help, NULL }

#define certd_number_renamed(name, member, min, max, renamed)                 \
    { name, CERTD_NUMBER, offsetof(certd_options_t, member), min, max, NULL,  \
      NULL, renamed }

/* The table is the only list of options: the help is made from it. */
static const certd_option_t  certd_option_table[] = {
    certd_text("home", home, "DIR",
               "store/, keys/, seals/, pdf/ (" CERTD_HOME ")"),
    certd_text("socket", socket, "PATH",
               "where nginx reaches it (HOME/" CERTD_SOCKET ")"),
    certd_text("socket-group", socket_group, "NAME",
               "may connect (the group of the store)"),
    certd_text("templates", templates, "DIR",
               "templates of the copies (found as by certctl)"),
    certd_text("user", user, "NAME",
               "runs the service, when started as root"),
    certd_text("renderer-user", renderer_user, "NAME",
               "runs the renderers, when started as root"),
    certd_text("identity-header", identity_header, "NAME",
               "header that names the holder, set by nginx"),
    certd_text("address-header", address_header, "NAME",
               "client's address, set by nginx (X-Real-IP)"),
    certd_number("renderers", renderers, 1, 256, "N",
                 "processes that make copies (one a core)"),
    certd_number("render-timeout", render_sec, 1, 3600, "SEC",
                 "a copy that takes longer is tried again (60)"),
    certd_number("connections", connections, 1, 10000, "N",
                 "requests at once (512)"),
    certd_number("writes-waiting", writes_waiting, 1, 1000000, "N",
                 "changes that may wait for a commit (4096)"),
    certd_number_renamed("queue", writes_waiting, 1, 1000000,
                         "writes-waiting"),
    certd_number("batch", batch, 1, 1000000, "N",
                 "changes that may share a commit (4096)"),
    certd_number("hashes", hashes, 1, 256, "N",
                 "passwords that are hashed at once (2)"),
    certd_number("hashes-waiting", hashes_waiting, 0, 10000, "N",
                 "logins that may wait for that (20)"),
    certd_number("idle-timeout", idle_sec, 10, 86400, "SEC",
                 "ends a session that is not used (1800)"),
    certd_number("session-timeout", session_sec, 10, 2592000, "SEC",
                 "ends a session in any case (28800)"),
    certd_number("scrub-rate", scrub_rate, 0, 1048576, "KIB",
                 "of PDFs checked a second; 0: none (1024)"),
    certd_number("scrub-interval", scrub_sec, 1, 2592000, "SEC",
                 "from the start of one such pass to the next (60)"),
    { "log-level", CERTD_LEVEL, 0, 0, 0, "LEVEL",
      "error, warning, notice or info (notice)", NULL }
};

#define CERTD_OPTIONS                                                         \
    (sizeof(certd_option_table) / sizeof(certd_option_table[0]))

enum {
    CERTD_OPTION_HELP = CERTD_OPTIONS,
    CERTD_OPTION_VERSION
};


static void certd_options_default(certd_options_t *options);
static int certd_options_exact(int argc, char **argv);
static int certd_options_is_known(const char *name, size_t len);
static int certd_options_store(certd_options_t *options,
    const certd_option_t *option, const char *text);
static int certd_options_number(const certd_option_t *option,
    const char *text, unsigned *number);
static int certd_options_level(const char *text);
static int certd_options_finish(certd_options_t *options);
static void certd_options_help(void);
static int certd_usage(const char *what, const char *name);


int
certd_options_read(certd_options_t *options, int argc, char **argv)
{
    int            c, status;
    struct option  list[CERTD_OPTIONS + 3];

    certd_options_default(options);
    memset(list, 0, sizeof(list));

    for (size_t i = 0; i < CERTD_OPTIONS; i++) {
        list[i] = (struct option) { certd_option_table[i].name,
                                    required_argument, NULL, (int) i };
    }

    list[CERTD_OPTION_HELP] = (struct option) { "help", no_argument, NULL,
                                                CERTD_OPTION_HELP };
    list[CERTD_OPTION_VERSION] = (struct option) { "version", no_argument,
                                                   NULL,
                                                   CERTD_OPTION_VERSION };

    status = certd_options_exact(argc, argv);

    opterr = 0;

    while (status == -1) {
        c = getopt_long(argc, argv, "", list, NULL);

        if (c == -1) {
            return optind < argc ? certd_usage("is not an option", argv[optind])
                                 : certd_options_finish(options);
        }

        switch (c) {

        case '?':
            status = certd_usage("needs a value, or takes none",
                                 argv[optind - 1]);
            break;

        case CERTD_OPTION_HELP:
            certd_options_help();
            status = CERTD_YES;
            break;

        case CERTD_OPTION_VERSION:
            puts("certd " CERTD_VERSION);
            status = CERTD_YES;
            break;

        default:
            status = certd_options_store(options, &certd_option_table[c],
                                         optarg);
        }
    }

    return status;
}


static void
certd_options_default(certd_options_t *options)
{
    long  cores;

    memset(options, 0, sizeof(certd_options_t));

    cores = sysconf(_SC_NPROCESSORS_ONLN);

    options->home = CERTD_HOME;
    options->address_header = "X-Real-IP";
    options->renderers = cores < 1 ? 1 : cores > 256 ? 256 : (unsigned) cores;
    options->render_sec = 60;
    options->connections = 512;
    options->writes_waiting = 4096;
    options->batch = 4096;
    options->hashes = 2;
    options->hashes_waiting = 20;
    options->idle_sec = 1800;
    options->session_sec = 28800;
    options->scrub_rate = 1024;
    options->scrub_sec = 60;
}


/* -1: every word that looks like an option is one, by its whole name. */
static int
certd_options_exact(int argc, char **argv)
{
    size_t       len;
    const char  *name;

    for (int i = 1; i < argc; i++) {

        if (strncmp(argv[i], "--", 2) != 0 || argv[i][2] == '\0') {
            continue;
        }

        name = argv[i] + 2;
        len = strcspn(name, "=");

        if (!certd_options_is_known(name, len)) {
            return certd_usage("is not an option", argv[i]);
        }
    }

    return -1;
}


static int
certd_options_is_known(const char *name, size_t len)
{
    const char  *known;

    for (size_t i = 0; i < CERTD_OPTIONS + 2; i++) {
        known = i < CERTD_OPTIONS ? certd_option_table[i].name
                : i == CERTD_OPTION_HELP ? "help" : "version";

        if (strlen(known) == len && memcmp(known, name, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
certd_options_store(certd_options_t *options, const certd_option_t *option,
    const char *text)
{
    void  *value;

    value = (char *) options + option->offset;

    if (option->renamed != NULL) {
        certd_log(CERTD_LOG_WARNING, "the option --%s is called --%s now: use "
                  "the new name", option->name, option->renamed);
    }

    switch (option->kind) {

    case CERTD_NUMBER:
        return certd_options_number(option, text, value);

    case CERTD_LEVEL:
        return certd_options_level(text);

    default:
        if (text[0] == '\0') {
            return certd_usage("needs a value", option->name);
        }

        *(const char **) value = text;
        return -1;
    }
}


static int
certd_options_number(const certd_option_t *option, const char *text,
    unsigned *number)
{
    char           *end;
    unsigned long   n;

    errno = 0;
    n = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0
        || n < option->min || n > option->max)
    {
        fprintf(stderr, "certd: --%s takes %u to %u\n", option->name,
                option->min, option->max);
        return CERTD_USAGE;
    }

    *number = (unsigned) n;

    return -1;
}


static int
certd_options_level(const char *text)
{
    static const struct {
        const char         *name;
        certd_log_level_t   level;
    } levels[] = {
        { "error", CERTD_LOG_ERROR },
        { "warning", CERTD_LOG_WARNING },
        { "notice", CERTD_LOG_NOTICE },
        { "info", CERTD_LOG_INFO }
    };

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(levels[i].name, text) == 0) {
            certd_log_level(levels[i].level);
            return -1;
        }
    }

    return certd_usage("takes error, warning, notice or info", "--log-level");
}


/* What depends on another option. */
static int
certd_options_finish(certd_options_t *options)
{
    static char  path[CERTD_PATH_MAX];

    if (options->socket == NULL) {
        if (!certd_home_path(options, path, CERTD_SOCKET)) {
            return certd_usage("is too long", "--home");
        }

        options->socket = path;
    }

    if (geteuid() != 0
        && (options->user != NULL || options->renderer_user != NULL))
    {
        return certd_usage("can be changed by root only",
                           options->user != NULL ? "--user"
                                                 : "--renderer-user");
    }

    return -1;
}


static void
certd_options_help(void)
{
    char                   text[48];
    const certd_option_t  *option;

    puts("usage: certd [OPTION ...]\n\n"
         "Serves holders on a unix socket, writes the store, makes copies;\n"
         "in the foreground until SIGTERM.  SIGHUP reads the keys again.\n");

    for (size_t i = 0; i < CERTD_OPTIONS; i++) {
        option = &certd_option_table[i];

        if (option->renamed != NULL) {
            continue;
        }

        (void) snprintf(text, sizeof(text), "--%s %s", option->name,
                        option->value);
        printf("  %-24s %s\n", text, option->help);
    }

    puts("  --help                   this text\n"
         "  --version                the version\n\n"
         "Exit status: 0 ended as asked, 2 usage, 3 the system failed.");
}


static int
certd_usage(const char *what, const char *name)
{
    fprintf(stderr, "certd: \"%s\" %s; try --help\n", name, what);

    return CERTD_USAGE;
}


int
certd_home_path(const certd_options_t *options, char path[CERTD_PATH_MAX],
    const char *name)
{
    int  n;

    n = snprintf(path, CERTD_PATH_MAX, "%s/%s", options->home, name);

    return n > 0 && n < CERTD_PATH_MAX;
}
