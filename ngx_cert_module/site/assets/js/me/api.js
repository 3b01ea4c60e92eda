/*
 * Requests to the holder service.  What it refuses, and what does not get
 * there, is a Problem with a text for people.
 */

import { t } from '../lang.js';
import { day, duration, said } from './dom.js';

const PATIENCE_MS = 20000;

export class Problem extends Error {
    /* "wait" is in how many seconds to try again; 0: nothing was said. */
    constructor(type, { status = 0, field = null, text, wait = 0, more = {} }) {
        super(text);
        Object.assign(this, { type, status, field, wait, more });
    }

    /* Nobody knows whether it was done. */
    get isOpen() {
        return this.status === 0 || this.status >= 500;
    }
}

/* What is kept while the page is open, and nowhere else. */
export const state = {
    back: null,         // where to go on after login and notice
    drafts: new Map(),  // what was typed
    flash: null,        // what the next view says first
    isIn: false,        // something was answered to a session
    isElsewhere: false, // identities come from another service
};

/* With "form" a POST, else a GET. */
export async function call(path, { form = null, key = null, as = 'json' }
                           = {}) {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);

    try {
        const answer = await fetch(`/holder/${path}`, {
            method: form === null ? 'GET' : 'POST',
            body: form === null ? null : new URLSearchParams(form),
            headers: key === null ? {} : { 'Idempotency-Key': key },
            cache: 'no-store',
            signal: patience.signal,
        });

        if (!answer.ok) {
            throw problem(answer, await answer.json().catch(() => ({})));
        }
        return answer.status === 204 ? null : await answer[as]();

    } catch (error) {
        throw error instanceof Problem ? error
              : new Problem('network', { text: t('me_error_network') });

    } finally {
        clearTimeout(timer);
    }
}

function problem(answer, body) {
    const type = String(body.type ?? '').replace('/problems/', '');
    const wait = Number(body.retry_after ?? answer.headers.get('Retry-After'))
                 || 0;
    let text = said(body, 'detail')
               ?? t(answer.status === 429 || answer.status >= 500
                    ? 'me_error_busy' : 'me_error_other',
                    { status: answer.status });

    if (body.next_slot) {
        text = `${text} ${t('me_quota_next', { day: day(body.next_slot) })}`;
    } else if (answer.status === 429 && wait > 0) {
        text = `${text} ${t('me_error_wait', { time: duration(wait) })}`;
    } else if (answer.status >= 500) {
        text = `${text} ${t('me_error_kept')}`;
    }

    return new Problem(type, { status: answer.status, text, wait, more: body,
                               field: body.field ?? null });
}

export function certificatePath(number) {
    return `certificates/${encodeURIComponent(number)}`;
}

/* --- Where to go --------------------------------------------------------- */

export function go(hash) {
    if (location.hash === hash) {
        dispatchEvent(new Event('hashchange'));
    } else {
        location.hash = hash;
    }
}

/* The same, in the place of what is shown now. */
export function swap(hash) {
    if (location.hash === hash) {
        dispatchEvent(new Event('hashchange'));
    } else {
        location.replace(hash);
    }
}

/* True if the problem leads to another view: login, or notice. */
export function leads(error) {
    const to = { login_required: '#/login', identity_required: '#/login',
                 identity_elsewhere: '#/login',
                 consent_required: '#/notice' }[error.type];

    if (to === undefined) {
        return false;
    }

    document.querySelectorAll('dialog[open]').forEach(one => one.close());

    if (/^#\/(certificates|data)/.test(location.hash)) {
        state.back = location.hash;
    }
    if (error.type.startsWith('identity')) {
        state.isElsewhere = true;
    } else if (error.type === 'login_required' && state.isIn) {
        state.isIn = false;
        state.flash = t('me_session_ended');
    }
    swap(to);
    return true;
}
