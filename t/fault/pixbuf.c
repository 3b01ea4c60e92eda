/*
 * Copyright (C) the ngx_cert authors
 *
 * A gdk-pixbuf that cannot be used (LD_PRELOAD), as where its loaders are other
 * programs and none may be started: a program that calls one says so and ends.
 */


#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define pixbuf_ends(name)                                                     \
    void name(void);                                                          \
                                                                              \
    void                                                                      \
    name(void)                                                                \
    {                                                                         \
        pixbuf_end(#name);                                                    \
    }


static void
pixbuf_end(const char *name)
{
    static const char  says[] = " of gdk-pixbuf was called\n";

    if (write(STDERR_FILENO, name, strlen(name)) == -1
        || write(STDERR_FILENO, says, sizeof(says) - 1) == -1)
    {
        _exit(1);
    }

    abort();
}


pixbuf_ends(gdk_pixbuf_loader_new)
pixbuf_ends(gdk_pixbuf_loader_new_with_type)
pixbuf_ends(gdk_pixbuf_loader_new_with_mime_type)
pixbuf_ends(gdk_pixbuf_loader_write)
pixbuf_ends(gdk_pixbuf_loader_write_bytes)
pixbuf_ends(gdk_pixbuf_new_from_file)
pixbuf_ends(gdk_pixbuf_new_from_file_at_size)
pixbuf_ends(gdk_pixbuf_new_from_file_at_scale)
pixbuf_ends(gdk_pixbuf_new_from_resource)
pixbuf_ends(gdk_pixbuf_new_from_resource_at_scale)
pixbuf_ends(gdk_pixbuf_new_from_stream)
pixbuf_ends(gdk_pixbuf_new_from_stream_async)
pixbuf_ends(gdk_pixbuf_new_from_stream_at_scale)
pixbuf_ends(gdk_pixbuf_new_from_stream_at_scale_async)
pixbuf_ends(gdk_pixbuf_new_from_xpm_data)
pixbuf_ends(gdk_pixbuf_animation_new_from_file)
pixbuf_ends(gdk_pixbuf_animation_new_from_resource)
pixbuf_ends(gdk_pixbuf_animation_new_from_stream)
pixbuf_ends(gdk_pixbuf_get_file_info)
pixbuf_ends(gdk_pixbuf_get_formats)
pixbuf_ends(gdk_pixbuf_save)
pixbuf_ends(gdk_pixbuf_save_to_buffer)
pixbuf_ends(gdk_pixbuf_save_to_bufferv)
pixbuf_ends(gdk_pixbuf_save_to_callback)
pixbuf_ends(gdk_pixbuf_save_to_callbackv)
pixbuf_ends(gdk_pixbuf_save_to_stream)
pixbuf_ends(gdk_pixbuf_save_to_streamv)
