/*
 * Copyright (C) the ngx_cert authors
 *
 * What the processes give up before they begin.
 *
 * The master, root or not, keeps what it has: it reads nothing from anyone but
 * a slot number.  The service becomes --user, a renderer --renderer-user; that
 * the service cannot read the keys of the seals is by their owner, not by
 * code.  A renderer draws what holders and templates bring, through libraries
 * for fonts and SVG, so it gives up most: no network, no new program, no new
 * process, bounded memory and files.
 */


#ifndef CERTD_SANDBOX_H_INCLUDED
#define CERTD_SANDBOX_H_INCLUDED


#include "certd.h"


/*
 * Sanitizers map terabytes of their own, and look for leaks by tracing the
 * process: built with one, the sandbox has no bound of memory and allows to
 * trace and to fork.
 */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CERTD_SANITIZED  1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)       \
    || __has_feature(memory_sanitizer)
#define CERTD_SANITIZED  1
#endif
#endif

#ifndef CERTD_SANITIZED
#define CERTD_SANITIZED  0
#endif


/*
 * Whether the users are there and this process may become them, and may open
 * as many descriptors as the connections take; before the first fork.  False:
 * the reason was logged.
 */
int certd_sandbox_check(const certd_options_t *options);

/*
 * Both are called in the child, before it opens or reads anything and before
 * its first thread; neither can be undone.  The end of "master" kills this
 * process.  False: the reason was logged; the process has to end.
 */
int certd_sandbox_service(const certd_options_t *options, pid_t master);
int certd_sandbox_renderer(const certd_options_t *options, pid_t master);


#endif /* CERTD_SANDBOX_H_INCLUDED */
