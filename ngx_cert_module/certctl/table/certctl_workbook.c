/*
 * Copyright (C) the ngx_cert authors
 *
 * The way to a sheet: from the package to its workbook, from the name of a
 * sheet to an id, and from the id to a part, as relationships say.  Programs
 * name parts as they like, and the first part is often not the first sheet.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certctl_workbook.h"
#include "certctl_xml.h"


#define CERTCTL_WORKBOOK_PART_MAX   (16u << 20)
#define CERTCTL_WORKBOOK_LINKS_MAX  4096

/* A relationship: what it is, by the end of its type, and where it leads. */
typedef struct {
    char  id[64];
    char  type[32];
    char  target[CERTCTL_WORKBOOK_NAME_MAX + 1];
} certctl_link_t;

/* The relationships of a part; "xml" first: see certctl_xml_part(). */
typedef struct {
    certctl_xml_t   *xml;
    size_t           n;
    certctl_link_t  *links;
} certctl_links_t;

/* What is read of the part of the workbook. */
typedef struct {
    certctl_xml_t          *xml;
    certctl_workbook_t     *book;
    const certctl_links_t  *links;
    const char             *wanted;     /* or NULL */
    int                     is_found;
} certctl_sheets_t;


static cert_err_t certctl_workbook_read(certctl_workbook_t *book,
    const char *sheet, cert_reason_t *reason);
static cert_err_t certctl_workbook_parts(certctl_workbook_t *book,
    const certctl_links_t *links, const char *main, cert_reason_t *reason);
static cert_err_t certctl_workbook_links(certctl_workbook_t *book,
    certctl_links_t *links, const char *part, cert_reason_t *reason);
static void certctl_workbook_link(void *data, const char *name,
    const char **attributes);
static const certctl_link_t *certctl_workbook_find(
    const certctl_links_t *links, const char *id, const char *type);
static int certctl_workbook_path(char *out, const char *from,
    const char *target);
static void certctl_workbook_sheet(void *data, const char *name,
    const char **attributes);


static const certctl_xml_handlers_t  certctl_workbook_link_handlers = {
    certctl_workbook_link, NULL, NULL
};

static const certctl_xml_handlers_t  certctl_workbook_handlers = {
    certctl_workbook_sheet, NULL, NULL
};


cert_err_t
certctl_workbook_open(certctl_workbook_t **book, int fd, const char *sheet,
    cert_reason_t *reason)
{
    cert_err_t           err;
    certctl_workbook_t  *new;

    new = calloc(1, sizeof(certctl_workbook_t));
    if (new == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = certctl_zip_open(&new->zip, fd, reason);

    if (err == CERT_OK) {
        err = certctl_workbook_read(new, sheet, reason);
    }

    if (err != CERT_OK) {
        certctl_workbook_close(new);
        return err;
    }

    *book = new;

    return CERT_OK;
}


void
certctl_workbook_close(certctl_workbook_t *book)
{
    if (book == NULL) {
        return;
    }

    certctl_strings_destroy(book->strings);
    certctl_styles_destroy(book->styles);
    certctl_zip_close(book->zip);
    free(book);
}


static cert_err_t
certctl_workbook_read(certctl_workbook_t *book, const char *sheet,
    cert_reason_t *reason)
{
    char                   main[CERTCTL_WORKBOOK_NAME_MAX + 1];
    cert_err_t             err;
    certctl_links_t        links;
    certctl_sheets_t       sheets;
    const certctl_link_t  *link;

    memset(&links, 0, sizeof(links));
    memset(&sheets, 0, sizeof(sheets));

    err = certctl_workbook_links(book, &links, "", reason);

    if (err == CERT_OK) {
        link = certctl_workbook_find(&links, NULL, "officeDocument");

        if (link == NULL || !certctl_workbook_path(main, "", link->target)) {
            cert_reason_set(reason, "it is not a workbook; save it as .xlsx "
                            "or CSV UTF-8");
            err = CERT_INVALID;
        }
    }

    if (err == CERT_OK) {
        err = certctl_workbook_links(book, &links, main, reason);
    }

    if (err == CERT_OK) {
        sheets.book = book;
        sheets.links = &links;
        sheets.wanted = sheet;
        err = certctl_xml_part(book->zip, main, CERTCTL_WORKBOOK_PART_MAX,
                               &certctl_workbook_handlers, &sheets, reason);
    }

    if (err == CERT_OK && !sheets.is_found) {
        cert_reason_set(reason, sheet != NULL ? "it has no sheet of that name"
                                              : "it has no visible sheet");
        err = CERT_NOT_FOUND;
    }

    if (err == CERT_OK) {
        err = certctl_workbook_path(book->part, main, book->part)
              ? certctl_workbook_parts(book, &links, main, reason)
              : CERT_INVALID;
    }

    free(links.links);

    return err;
}


/* A workbook without texts or styles has no part for them. */
static cert_err_t
certctl_workbook_parts(certctl_workbook_t *book, const certctl_links_t *links,
    const char *main, cert_reason_t *reason)
{
    char                   part[CERTCTL_WORKBOOK_NAME_MAX + 1];
    cert_err_t             err;
    const certctl_link_t  *link;

    err = CERT_OK;
    link = certctl_workbook_find(links, NULL, "styles");

    if (link != NULL && certctl_workbook_path(part, main, link->target)) {
        err = certctl_styles_read(&book->styles, book->zip, part, reason);
    }

    link = certctl_workbook_find(links, NULL, "sharedStrings");

    if (err == CERT_OK && link != NULL
        && certctl_workbook_path(part, main, link->target))
    {
        err = certctl_strings_read(&book->strings, book->zip, part, reason);
    }

    return err;
}


/* The relationships of "part" are in _rels/ beside it; "" is the package. */
static cert_err_t
certctl_workbook_links(certctl_workbook_t *book, certctl_links_t *links,
    const char *part, cert_reason_t *reason)
{
    int          n;
    char         name[CERTCTL_WORKBOOK_NAME_MAX + 16];
    cert_err_t   err;
    const char  *slash;

    slash = strrchr(part, '/');
    slash = slash != NULL ? slash + 1 : part;

    n = snprintf(name, sizeof(name), "%.*s_rels/%s.rels", (int) (slash - part),
                 part, slash);

    if (n < 0 || (size_t) n >= sizeof(name)) {
        cert_reason_set(reason, "it has a part with a long name");
        return CERT_INVALID;
    }

    links->n = 0;

    err = certctl_xml_part(book->zip, name, CERTCTL_WORKBOOK_PART_MAX,
                           &certctl_workbook_link_handlers, links, reason);

    if (err == CERT_NOT_FOUND) {
        cert_reason_set(reason, "it is not a workbook; save it as .xlsx or "
                        "CSV UTF-8");
        err = CERT_INVALID;
    }

    return err;
}


static void
certctl_workbook_link(void *data, const char *name, const char **attributes)
{
    certctl_links_t *links = data;

    const char      *id, *type, *target;
    certctl_link_t  *link;

    id = certctl_xml_attribute(attributes, "Id");
    type = certctl_xml_attribute(attributes, "Type");
    target = certctl_xml_attribute(attributes, "Target");

    if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL
        || target == NULL)
    {
        return;
    }

    type = strrchr(type, '/') != NULL ? strrchr(type, '/') + 1 : type;

    if (strlen(id) >= sizeof(link->id) || strlen(type) >= sizeof(link->type)
        || strlen(target) >= sizeof(link->target))
    {
        return;
    }

    if (links->links == NULL) {
        links->links = malloc(CERTCTL_WORKBOOK_LINKS_MAX
                              * sizeof(certctl_link_t));
    }

    if (links->links == NULL || links->n == CERTCTL_WORKBOOK_LINKS_MAX) {
        certctl_xml_fail(links->xml, links->links == NULL ? CERT_NO_MEMORY
                                                          : CERT_INVALID,
                         links->links == NULL ? "out of memory"
                                              : "it has too many parts");
        return;
    }

    link = &links->links[links->n++];

    strcpy(link->id, id);
    strcpy(link->type, type);
    strcpy(link->target, target);
}


/* By id or by type, whichever is given. */
static const certctl_link_t *
certctl_workbook_find(const certctl_links_t *links, const char *id,
    const char *type)
{
    size_t  i;

    for (i = 0; i < links->n; i++) {
        if ((id == NULL || strcmp(links->links[i].id, id) == 0)
            && (type == NULL || strcmp(links->links[i].type, type) == 0))
        {
            return &links->links[i];
        }
    }

    return NULL;
}


/*
 * Where "target" leads from the part "from"; "out" may be "target".  False:
 * too long, or a way up, which no program writes here.
 */
static int
certctl_workbook_path(char *out, const char *from, const char *target)
{
    int          n;
    char         path[CERTCTL_WORKBOOK_NAME_MAX + 1];
    const char  *slash;

    slash = strrchr(from, '/');

    if (strstr(target, "..") != NULL) {
        return 0;
    }

    if (target[0] == '/' || slash == NULL) {
        n = snprintf(path, sizeof(path), "%s", target + (target[0] == '/'));

    } else {
        n = snprintf(path, sizeof(path), "%.*s/%s", (int) (slash - from), from,
                     target);
    }

    if (n < 0 || (size_t) n >= sizeof(path)) {
        return 0;
    }

    memcpy(out, path, (size_t) n + 1);

    return 1;
}


/* Sheets stand in the order of their tabs; charts are among them. */
static void
certctl_workbook_sheet(void *data, const char *name, const char **attributes)
{
    certctl_sheets_t *sheets = data;

    int                    is_hidden;
    const char            *id, *state, *title;
    const certctl_link_t  *link;

    if (strcmp(name, "workbookPr") == 0) {
        state = certctl_xml_attribute(attributes, "date1904");
        sheets->book->is_1904 = state != NULL && (strcmp(state, "1") == 0
                                                  || strcmp(state, "true")
                                                     == 0);
        return;
    }

    if (strcmp(name, "sheet") != 0) {
        return;
    }

    id = certctl_xml_attribute(attributes, "id");
    title = certctl_xml_attribute(attributes, "name");
    state = certctl_xml_attribute(attributes, "state");
    is_hidden = state != NULL && strcmp(state, "visible") != 0;

    link = id != NULL ? certctl_workbook_find(sheets->links, id, "worksheet")
                      : NULL;

    if (link == NULL || title == NULL
        || strlen(title) > CERTCTL_WORKBOOK_NAME_MAX)
    {
        return;
    }

    if (!sheets->is_found && (sheets->wanted != NULL
                              ? strcmp(title, sheets->wanted) == 0
                              : !is_hidden))
    {
        sheets->is_found = 1;
        strcpy(sheets->book->sheet, title);
        strcpy(sheets->book->part, link->target);
        return;
    }

    sheets->book->others += !is_hidden;
}
