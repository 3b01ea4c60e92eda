/*
 * Checks of files: each is hashed here and never leaves this machine; only the
 * digest is sent.  The server's page is asked and its result is shown, so that
 * results are put into words in one place.
 */

import { badge, h } from './dom.js';
import { lang, load, t } from './lang.js';

const SIZE_MAX = 32 * 1024 * 1024;

/* A problem that was found here, by the key of its words. */
function problem(key, tone = 'bad_request', result = 'unread') {
  return { tone, result, title: t(key), body: h('p', t(`${key}_means`)) };
}

async function digest(file) {
  const bytes = await file.arrayBuffer();
  const start = new TextDecoder('latin1').decode(bytes.slice(0, 1024));

  return start.includes('%PDF-')
    && [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/* What the server's page says of a digest. */
async function ask(sha256) {
  const answer = await fetch(`/check?sha256=${sha256}&lang=${lang}`,
    { headers: { Accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(),
    'text/html');
  const result = page.querySelector('[data-result]');
  const head = result.querySelector('.result-head');

  head.remove();
  result.querySelectorAll('.actions, .print-only, [data-typed]')
    .forEach(element => element.remove());

  return { ...result.dataset, title: head.querySelector('h1').textContent,
    body: [head.querySelector('p'), ...result.children] };
}

async function look(file) {
  let sha256;

  if (file.size > SIZE_MAX) {
    return problem('file_large');
  }

  try {
    sha256 = await digest(file);
  } catch {
    return problem('file_unreadable');
  }

  if (!sha256) {
    return problem('file_not_pdf');
  }

  return ask(sha256).catch(() => problem('unavailable', 'unavailable',
    'unavailable'));
}

export async function check(files, place) {
  await load();
  place.hidden = false;

  if (!crypto.subtle) {
    place.replaceChildren(h('p.note', t('file_insecure')));
    return;
  }

  if (!place.firstChild) {
    place.append(h('h3', t('file_results')),
      h('p.soft.small', { role: 'status' }),
      h('ul.rows.files'));
  }

  const [, status, list] = place.children;
  const rows = files.map(file => h('li', { 'data-file': 'busy' },
    h('div.row-head', h('span.file-name', file.name),
      h('span.badge', t('file_busy')))));

  list.append(...rows);

  /* One after the other: the server limits the rate of an address. */
  for (const [i, file] of files.entries()) {
    const { tone, result, title, body } = await look(file);
    const { length } = list.querySelectorAll('details');

    rows[i].dataset.tone = tone;
    rows[i].dataset.file = result;
    rows[i].querySelector('.badge').replaceWith(badge(tone, title));
    rows[i].append(h('details', h('summary', t('file_details')), body));
    status.replaceChildren(`${length + 1} / ${list.children.length} `,
      h('span', t('file_done')));
  }
}
