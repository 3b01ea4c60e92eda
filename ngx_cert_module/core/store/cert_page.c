/*
 * Copyright (C) the ngx_cert authors
 *
 * The layout of LMDB's file: the only file here that knows it.
 *
 * LMDB trusts its meta page: of a file that was cut it reads on until SIGBUS
 * ends the process, and an empty file it takes for a new store.  So both meta
 * pages are read here before LMDB maps the file.  The layout is that of LMDB
 * 0.9 on this machine's word size; magic number and version are checked.
 *
 * LMDB also trusts each page for where its values end and which nodes it has,
 * so a value is compared with its page after the look-up.
 *
 * The rest of LMDB's checks is left to LMDB.  A checksum over pages was
 * rejected, since LMDB writes them and would have to keep it; each record has
 * a seal, which finds a damaged page when its record is read.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_page_int.h"


#define CERT_LMDB_MAGIC    0xBEEFC0DEu
#define CERT_LMDB_VERSION  1

/* How often the meta pages are read before they are called damaged. */
#define CERT_PAGE_TRIES  5

/* Of the tree of free pages: MDB_INTEGERKEY; the main tree has none. */
#define CERT_LMDB_FREE_FLAGS  0x08

/*
 * The header of a page: flags, then the bounds of the free space between
 * its slots and its nodes, or the count of overflow pages.
 */
#define CERT_PAGE_FLAGS   10
#define CERT_PAGE_LOWER   12
#define CERT_PAGE_UPPER   14
#define CERT_PAGE_COUNT   12
#define CERT_PAGE_HEADER  16

#define CERT_PAGE_LEAF    0x02

/* A node: length of the value (low, high), flags, length of the key. */
#define CERT_NODE_HEADER  8
#define CERT_NODE_BIG     0x01      /* the value is the number of a page */

typedef struct {
    uint64_t  pages[5];         /* branch, leaf, overflow, entries, root */
} cert_lmdb_tree_t;

typedef struct {
    uint32_t          psize;    /* of the file, in the free tree only */
    uint16_t          flags;
    uint16_t          depth;
    cert_lmdb_tree_t  tree;
} cert_lmdb_db_t;

/* A page header of 16 bytes, then the meta itself. */
typedef struct {
    uint64_t        page;
    uint64_t        header;
    uint32_t        magic;
    uint32_t        version;
    uint64_t        address;
    uint64_t        map_size;
    cert_lmdb_db_t  dbs[2];
    uint64_t        last_page;
    uint64_t        txnid;
} cert_lmdb_meta_t;


static cert_err_t cert_page_failed(const char *path, const char *name,
    int failed, cert_reason_t *reason);
static cert_err_t cert_page_lock(const char *path, int fd,
    cert_reason_t *reason);
static cert_err_t cert_page_file(int fd, cert_reason_t *reason);
static cert_err_t cert_page_meta(int fd, cert_lmdb_meta_t *meta,
    cert_reason_t *reason);
static int cert_page_read(int fd, off_t at, cert_lmdb_meta_t *meta);


cert_err_t
cert_store_look(const char *path, int lock, cert_reason_t *reason)
{
    int          fd;
    char        *name;
    cert_err_t   err;

    name = cert_path_join(path, CERT_STORE_DATA);
    if (name == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    fd = open(name, O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        err = cert_page_failed(path, name, errno, reason);
        free(name);
        return err;
    }

    free(name);

    err = cert_page_file(fd, reason);

    if (err == CERT_OK && lock) {
        err = cert_page_lock(path, fd, reason);
    }

    (void) close(fd);

    return err;
}


/* Why data.mdb cannot be opened; a process without means says nothing of it. */
static cert_err_t
cert_page_failed(const char *path, const char *name, int failed,
    cert_reason_t *reason)
{
    switch (failed) {

    case ELOOP:
        cert_reason_set(reason, "data.mdb at \"%s\" is a symbolic link: put "
                        "the file itself there, or link the folder", path);
        return CERT_BAD_STORE;

    case ENOENT:
    case ENOTDIR:
        cert_reason_set(reason, "no store at \"%s\": data.mdb is missing",
                        path);
        return CERT_BAD_STORE;

    case EMFILE:
    case ENFILE:
    case ENOMEM:
        cert_reason_set(reason, "cannot open \"%s\": %s", name,
                        strerror(failed));
        return CERT_NO_MEMORY;
    }

    cert_reason_file(reason, "cannot open", name, failed);

    return CERT_SYSTEM;
}


/*
 * LMDB would make a new one while processes use the old; so an operator makes
 * it, with owner and group of data.mdb, when no process has the old one open.
 */
static cert_err_t
cert_page_lock(const char *path, int fd, cert_reason_t *reason)
{
    char        *name;
    cert_err_t   err;
    struct stat  st;

    name = cert_path_join(path, CERT_STORE_LOCK);
    if (name == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = CERT_OK;

    if (lstat(name, &st) == -1) {
        err = CERT_BAD_STORE;

        if (fstat(fd, &st) == -1) {
            memset(&st, 0, sizeof(st));
        }

        cert_reason_set(reason, "the store at \"%s\" has no lock.mdb: end all "
                        "that use it (nginx, certd, certctl), then run there: "
                        "install -m 660 -o %lu -g %lu /dev/null lock.mdb",
                        path, (unsigned long) st.st_uid,
                        (unsigned long) st.st_gid);

    } else if (!S_ISREG(st.st_mode)) {
        err = CERT_BAD_STORE;
        cert_reason_set(reason, "lock.mdb at \"%s\" is a link or another "
                        "special file", path);

    } else if (faccessat(AT_FDCWD, name, R_OK|W_OK, AT_EACCESS) == -1
               && errno == EACCES)
    {
        err = CERT_SYSTEM;
        cert_reason_file(reason, "cannot write the lock file", name, errno);
    }

    free(name);

    return err;
}


/*
 * A reason says what data.mdb is instead of a store: an operator who mixed up
 * two paths sees it at once.
 */
static cert_err_t
cert_page_file(int fd, cert_reason_t *reason)
{
    off_t              needed;
    uint32_t           psize;
    struct stat        st;
    cert_err_t         err;
    cert_lmdb_meta_t   meta;

    if (fstat(fd, &st) == -1) {
        cert_reason_set(reason, "fstat() of data.mdb failed: %s",
                        strerror(errno));
        return CERT_SYSTEM;
    }

    if (!S_ISREG(st.st_mode)) {
        cert_reason_set(reason, "data.mdb is not a regular file");
        return CERT_BAD_STORE;
    }

    if (st.st_size == 0) {
        cert_reason_set(reason, "data.mdb is empty");
        return CERT_BAD_STORE;
    }

    err = cert_page_meta(fd, &meta, reason);
    if (err != CERT_OK) {
        return err;
    }

    psize = meta.dbs[0].psize;
    needed = (off_t) (meta.last_page + 1) * psize;

    /* Last, since a writer may have made the file larger meanwhile. */
    if (fstat(fd, &st) == -1) {
        cert_reason_set(reason, "fstat() of data.mdb failed: %s",
                        strerror(errno));
        return CERT_SYSTEM;
    }

    if (st.st_size < needed) {
        cert_reason_set(reason, "data.mdb is cut short: %lld bytes of %lld",
                        (long long) st.st_size, (long long) needed);
        return CERT_BAD_STORE;
    }

    return CERT_OK;
}


cert_err_t
cert_page_map_size(int fd, uint64_t *size, cert_reason_t *reason)
{
    uint64_t          needed;
    cert_err_t        err;
    cert_lmdb_meta_t  meta;

    err = cert_page_meta(fd, &meta, reason);
    if (err != CERT_OK) {
        return err;
    }

    needed = (meta.last_page + 1) * meta.dbs[0].psize;
    *size = meta.map_size > needed ? meta.map_size : needed;

    return CERT_OK;
}


/*
 * The meta page that counts: two are written in turn, the later transaction's
 * is the one.  Nothing seals its number, so the two have to be neighbours and
 * each on its page; a flipped bit would else bring back the commit before,
 * with what was revoked in force again.  One that makes it the number before
 * last cannot be told from a commit that never was.
 */
static cert_err_t
cert_page_meta(int fd, cert_lmdb_meta_t *meta, cert_reason_t *reason)
{
    cert_lmdb_meta_t  pages[2];

    for (int i = 0; i < CERT_PAGE_TRIES; i++) {
        if (cert_page_read(fd, 0, &pages[0]) != 0) {
            cert_reason_set(reason,
                            "data.mdb is foreign: not an LMDB 0.9 file");
            return CERT_BAD_STORE;
        }

        if (cert_page_read(fd, pages[0].dbs[0].psize, &pages[1]) != 0) {
            cert_reason_set(reason,
                            "data.mdb is cut short inside its meta pages");
            return CERT_BAD_STORE;
        }

        *meta = pages[pages[1].txnid > pages[0].txnid];

        if (pages[0].txnid % 2 == 0
            && (pages[1].txnid == pages[0].txnid + 1
                || pages[1].txnid + 1 == pages[0].txnid))
        {
            return CERT_OK;
        }

        /* Or a writer committed twice between the two looks. */
    }

    cert_reason_set(reason, "data.mdb is damaged: its meta pages are of "
                    "transactions %llu and %llu",
                    (unsigned long long) pages[0].txnid,
                    (unsigned long long) pages[1].txnid);

    return CERT_BAD_STORE;
}


/*
 * -1 if there is no meta page at "at".  The bounds keep what is computed from
 * it in range: the size of a page is a power of two, and no file has so many
 * pages that their size overflows.
 */
static int
cert_page_read(int fd, off_t at, cert_lmdb_meta_t *meta)
{
    uint32_t  psize;

    if (pread(fd, meta, sizeof(*meta), at) != (ssize_t) sizeof(*meta)) {
        return -1;
    }

    psize = meta->dbs[0].psize;

    if (meta->magic != CERT_LMDB_MAGIC || meta->version != CERT_LMDB_VERSION
        || psize < 512 || psize > 65536 || (psize & (psize - 1)) != 0
        || meta->last_page > INT64_MAX / 131072
        || meta->dbs[0].flags != CERT_LMDB_FREE_FLAGS
        || meta->dbs[1].flags != 0)
    {
        return -1;
    }

    return 0;
}


int
cert_value_is_inside(const cert_store_t *store, const MDB_val *value)
{
    size_t          at;
    uint32_t        pages;
    const uint8_t  *data;

    data = value->mv_data;

    /* A page that this transaction wrote is on the heap, at any address. */
    if (store->mode == CERT_STORE_WRITE && !cert_map_holds(store, data)) {
        return 1;
    }

    at = (uintptr_t) data & (store->page_size - 1);

    if (at + value->mv_size <= store->page_size) {
        return 1;
    }

    if (at != CERT_PAGE_HEADER) {
        return 0;
    }

    memcpy(&pages, data - CERT_PAGE_HEADER + CERT_PAGE_COUNT, sizeof(pages));

    /* What was damaged may lead out of the map, or to no page at all. */
    return pages != 0
           && value->mv_size <= pages * store->page_size - CERT_PAGE_HEADER
           && (value->mv_size == 0
               || cert_map_holds(store, data + value->mv_size - 1));
}


/*
 * LMDB keeps nodes packed at the end of their page: those that the slots lead
 * to fill it exactly, or the page hides some.
 */
int
cert_page_is_whole(const cert_store_t *store, const MDB_val *at)
{
    size_t          used, len;
    uint16_t        flags, lower, upper, slot, node[4];
    const uint8_t  *page;

    /* What this transaction wrote is in no file yet, nor where pages are. */
    if (store->mode == CERT_STORE_WRITE && !cert_map_holds(store, at->mv_data))
    {
        return 1;
    }

    page = (const uint8_t *) at->mv_data
           - ((uintptr_t) at->mv_data & (store->page_size - 1));

    memcpy(&flags, page + CERT_PAGE_FLAGS, 2);
    memcpy(&lower, page + CERT_PAGE_LOWER, 2);
    memcpy(&upper, page + CERT_PAGE_UPPER, 2);

    if (!(flags & CERT_PAGE_LEAF) || lower < CERT_PAGE_HEADER
        || lower > upper || upper > store->page_size)
    {
        return 0;
    }

    used = 0;

    for (size_t i = CERT_PAGE_HEADER; i < lower; i += 2) {
        memcpy(&slot, page + i, 2);

        if (slot < upper || slot > store->page_size - CERT_NODE_HEADER) {
            return 0;
        }

        memcpy(node, page + slot, sizeof(node));

        len = node[2] & CERT_NODE_BIG ? sizeof(uint64_t)
                                      : node[0] | (size_t) node[1] << 16;
        len += CERT_NODE_HEADER + node[3];
        used += len + (len & 1);
    }

    return used == store->page_size - upper;
}


/*
 * LMDB does not tell where its map is, but every page starts with its own
 * number, and a snapshot has no page but mapped ones.
 */
uintptr_t
cert_page_map_start(const cert_store_t *store, const void *data)
{
    uint64_t   number;
    uintptr_t  page;

    page = (uintptr_t) data & ~(uintptr_t) (store->page_size - 1);
    memcpy(&number, (const void *) page, sizeof(number));

    return page - number * store->page_size;
}
