/*
 * Requests to the holder service.  What it refuses, and what does not get
 * there (status 0), is an error with a text for people.
 */

import { t } from '../lang.js';
import { day, duration, said } from './text.js';

/* What is kept while the page is open, and nowhere else. */
export const state = {
  back: null,         // where to go on after login and notice
  drafts: {},         // what was typed
  flash: null,        // what the next view says first
  isIn: false,        // something was answered to a session
  isElsewhere: false, // identities come from another service
  isSame: true,       // the next view takes the place of itself
};

/* With "form" a POST, else a GET; "key" makes it one, however often it is. */
export async function call(path, form = null, key = null, as = 'json') {
  try {
    const answer = await fetch(`/holder/${path}`, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: key ? { 'Idempotency-Key': key } : {},
      cache: 'no-store',
      signal: AbortSignal.timeout(20000),
    });

    if (!answer.ok) {
      throw refusal(answer, await answer.json().catch(() => ({})));
    }
    state.isIn = path !== 'register' && path !== 'logout';
    return answer.status === 204 ? null : await answer[as]();
  } catch (error) {
    throw error.status ? error : Object.assign(
      new Error(`${t('error_network')} ${t('error_kept')}`),
      { type: 'network', status: 0, wait: 0 });
  }
}

export function certificate(number, rest = '', form = null, key = null) {
  return call(`certificates/${encodeURIComponent(number)}${rest}`, form, key);
}

/* "wait" is in how many seconds to try again; 0: nothing was said. */
function refusal({ status, headers }, body) {
  const wait = Number(body.retry_after ?? headers.get('Retry-After')) || 0;
  const isBusy = status === 429 || status >= 500;
  const text = said(body, 'detail')
    ?? t(isBusy ? 'error_busy' : 'error_other', { status });
  const more = body.next_slot
    ? t('quota_next', { day: day(body.next_slot) })
    : status === 429 && wait > 0 ? t('error_wait', { time: duration(wait) })
    : status >= 500 ? t('error_kept') : '';

  return Object.assign(new Error(`${text} ${more}`.trim()), {
    type: String(body.type).replace('/problems/', ''), status, wait,
    field: body.field,
  });
}

/* In the place of what is shown now, or with a way back to it. */
export function swap(hash, move = to => location.replace(to)) {
  if (location.hash === hash) {
    dispatchEvent(new Event('hashchange'));
  } else {
    move(hash);
  }
}

export function go(hash) {
  swap(hash, to => location.assign(to));
}

/* The same view again, where one is in it; "flash" is only read out. */
export function refresh(flash = null) {
  Object.assign(state, { isSame: true, flash });
  swap(location.hash);
}

/* True if the problem leads to another view: login, or notice. */
export function leads({ type }) {
  if (!/^(login|identity|consent)_(required|elsewhere)$/.test(type)) {
    return false;
  }

  document.querySelectorAll('dialog[open]').forEach(one => one.close());

  if (/^#\/(certificates|data)/.test(location.hash)) {
    state.back = location.hash;
  }
  if (type.startsWith('identity')) {
    state.isElsewhere = true;
  } else if (type === 'login_required' && state.isIn) {
    Object.assign(state, { isIn: false, isSame: false,
      flash: t('session_ended') });
  }
  swap(type === 'consent_required' ? '#/notice' : '#/login');
  return true;
}
