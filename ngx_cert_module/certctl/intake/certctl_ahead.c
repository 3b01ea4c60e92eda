/*
 * Copyright (C) the ngx_cert authors
 *
 * A ring of records between two threads.  Reading and checking a row takes
 * about half as long as writing it, so the ring is mostly full, and the writer
 * seldom waits.  Records are handed over by the group: a lock for each would
 * cost more than it saves.
 */


#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "certctl_ahead.h"


/* Records of the ring, and those that are handed over at once. */
#define CERTCTL_AHEAD_RING   128
#define CERTCTL_AHEAD_GROUP  16

struct certctl_ahead_s {
    certctl_table_t         *table;
    const certctl_layout_t  *layout;
    pthread_t                thread;
    int                      is_threaded;
    pthread_mutex_t          lock;
    pthread_cond_t           moved;
    uint8_t                 *items;         /* one for each record */

    /* Under the lock. */
    uint64_t                 made;          /* records that may be taken */
    uint64_t                 taken;         /* and that may be used again */
    int                      is_over;       /* the reader need not go on */

    uint64_t                 next;          /* the writer's: to be taken */
    uint64_t                 ready;         /* the last "made" it has seen */
    certctl_record_t         records[CERTCTL_AHEAD_RING];
};


static void *certctl_ahead_thread(void *data);
static uint64_t certctl_ahead_room(certctl_ahead_t *ahead, uint64_t made);
static uint64_t certctl_ahead_wait(certctl_ahead_t *ahead);


cert_err_t
certctl_ahead_create(certctl_ahead_t **ahead, certctl_table_t *table,
    const certctl_layout_t *layout, int is_alone)
{
    size_t            i;
    certctl_ahead_t  *new;

    new = calloc(1, sizeof(certctl_ahead_t));
    if (new == NULL) {
        return CERT_NO_MEMORY;
    }

    new->items = calloc(CERTCTL_AHEAD_RING, layout->kind->item_size);
    if (new->items == NULL) {
        goto failed;
    }

    new->table = table;
    new->layout = layout;

    for (i = 0; i < CERTCTL_AHEAD_RING; i++) {
        new->records[i].item = new->items + i * layout->kind->item_size;
    }

    (void) pthread_mutex_init(&new->lock, NULL);
    (void) pthread_cond_init(&new->moved, NULL);

    new->is_threaded = !is_alone
                       && pthread_create(&new->thread, NULL,
                                         certctl_ahead_thread, new) == 0;
    *ahead = new;

    return CERT_OK;

failed:

    free(new);

    return CERT_NO_MEMORY;
}


void
certctl_ahead_destroy(certctl_ahead_t *ahead)
{
    size_t  i, size;

    if (ahead == NULL) {
        return;
    }

    if (ahead->is_threaded) {
        pthread_mutex_lock(&ahead->lock);
        ahead->is_over = 1;
        pthread_cond_signal(&ahead->moved);
        pthread_mutex_unlock(&ahead->lock);

        (void) pthread_join(ahead->thread, NULL);
    }

    for (i = 0; i < CERTCTL_AHEAD_RING; i++) {
        certctl_record_free(&ahead->records[i]);
    }

    (void) pthread_cond_destroy(&ahead->moved);
    (void) pthread_mutex_destroy(&ahead->lock);

    size = CERTCTL_AHEAD_RING * ahead->layout->kind->item_size;
    explicit_bzero(ahead->items, size);
    free(ahead->items);

    explicit_bzero(ahead, sizeof(certctl_ahead_t));
    free(ahead);
}


certctl_record_t *
certctl_ahead_next(certctl_ahead_t *ahead)
{
    certctl_record_t  *record;

    if (!ahead->is_threaded) {
        certctl_record_read(&ahead->records[0], ahead->table, ahead->layout);
        return &ahead->records[0];
    }

    if (ahead->next == ahead->ready) {
        ahead->ready = certctl_ahead_wait(ahead);
    }

    record = &ahead->records[ahead->next % CERTCTL_AHEAD_RING];
    ahead->next++;

    return record;
}


static void *
certctl_ahead_thread(void *data)
{
    certctl_ahead_t *ahead = data;

    uint64_t           made, room;
    certctl_record_t  *record;

    made = 0;
    room = CERTCTL_AHEAD_RING;

    do {
        if (made == room || made % CERTCTL_AHEAD_GROUP == 0) {
            room = certctl_ahead_room(ahead, made);

            if (room == made) {
                return NULL;
            }
        }

        record = &ahead->records[made % CERTCTL_AHEAD_RING];
        certctl_record_read(record, ahead->table, ahead->layout);
        made++;

    } while (record->err == CERT_OK || record->err == CERT_REFUSED);

    (void) certctl_ahead_room(ahead, made);

    return NULL;
}


/*
 * The reader's: hands over what it has made, waits for room and returns how
 * many there may be; as many as there are: it is over.
 */
static uint64_t
certctl_ahead_room(certctl_ahead_t *ahead, uint64_t made)
{
    uint64_t  room;

    pthread_mutex_lock(&ahead->lock);

    ahead->made = made;
    pthread_cond_signal(&ahead->moved);

    while (!ahead->is_over && ahead->taken + CERTCTL_AHEAD_RING == made) {
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    }

    room = ahead->is_over ? made : ahead->taken + CERTCTL_AHEAD_RING;

    pthread_mutex_unlock(&ahead->lock);

    return room;
}


/* The writer's: gives back all it had, and waits for more. */
static uint64_t
certctl_ahead_wait(certctl_ahead_t *ahead)
{
    uint64_t  made;

    pthread_mutex_lock(&ahead->lock);

    ahead->taken = ahead->next;
    pthread_cond_signal(&ahead->moved);

    while (ahead->made == ahead->next) {
        pthread_cond_wait(&ahead->moved, &ahead->lock);
    }

    made = ahead->made;

    /* Not all at once, or the reader would find the ring full until then. */

    if (made - ahead->next > CERTCTL_AHEAD_GROUP) {
        made = ahead->next + CERTCTL_AHEAD_GROUP;
    }

    pthread_mutex_unlock(&ahead->lock);

    return made;
}
