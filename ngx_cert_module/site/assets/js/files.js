/*
 * Checks of files: each is hashed here; only the digest leaves this machine.
 * The server's page is asked, so that results are put into words in one place.
 */

import { read } from './code.js';
import { badge, h } from './dom.js';
import { lang, load, t } from './lang.js';

const SIZE_MAX = 32 * 1024 * 1024;
const RETRY_MS = 3000;
const CODE = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}(?!-?[0-9A-Z])/i;

/* A problem that was found here, by the key of its words. */
function problem(key, tone = 'bad_request', result = 'unread') {
  return { tone, result, title: t(key), body: [h('p', t(`${key}_means`))] };
}

async function digest(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
    .map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/* With the check by code: that of a copy is in its links and in its name. */
function byCode(answer, { name }, text) {
  const code = read(text.match(/\/check\/([\w-]+)/)?.[1] ?? '')
    || name.match(CODE)?.[0];

  answer.body.push(h('form', { action: '/check' },
    h('div.field', h('label', t('by_code'),
      h('input.mono', { name: 'code', value: code, required: true }))),
    h('div.actions', h('button.button', t('check')))));
  return answer;
}

/* A connection that may be back. */
function connection() {
  return new Promise(resolve => {
    addEventListener('online', resolve, { once: true });
    setTimeout(resolve, RETRY_MS);
  });
}

/*
 * The answer to a request.  Without a connection it waits for one, so that
 * nothing needs to be chosen again.
 */
async function reach(uri, waits) {
  for (;;) {
    try {
      return await fetch(uri, { headers: { Accept: 'text/html' } });
    } catch {
      waits();
      await connection();
    }
  }
}

/* What the server's page says of a digest. */
async function ask(sha256, waits) {
  const answer = await reach(`/check?sha256=${sha256}&lang=${lang}`, waits);
  const page = new DOMParser().parseFromString(await answer.text(),
    'text/html');
  const result = page.querySelector('[data-result]');
  const head = result.querySelector('.result-head');

  head.remove();
  result.querySelectorAll('.actions, .print-only')
    .forEach(element => element.remove());

  return { ...result.dataset, title: head.querySelector('h1').textContent,
    body: [head.querySelector('p'), ...result.children] };
}

/* Kinds of files as certctl verify tells them, by plain bytes. */
function unknown(text) {
  const end = text.lastIndexOf('%%EOF');

  if (!text.slice(0, 1024).includes('%PDF-')) {
    return problem('file_not_pdf');
  }
  if (end < 0 || text.includes(' obj', end)) {
    return problem('file_cut');
  }

  return { tone: 'not_found', result: 'not_found', title: t('not_found'),
    body: [h('p', t(/[(>]ngx_cert[)<]/.test(text) ? 'cause_file'
        : 'file_other'))] };
}

async function look(file, waits) {
  let bytes;

  try {
    bytes = await file.slice(0, SIZE_MAX).arrayBuffer();
  } catch {
    return problem('file_unreadable');
  }

  const text = new TextDecoder('latin1').decode(bytes);
  const answer = unknown(text);

  if (answer.result === 'not_found' && file.size <= SIZE_MAX) {
    try {
      const found = await ask(await digest(bytes), waits);

      if (found.result !== 'not_found') {
        return found;
      }
    } catch {
      return problem('unavailable', 'unavailable', 'unavailable');
    }
  }
  return byCode(answer, file, text);
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
    const { tone, result, title, body } = await look(file, () => {
      rows[i].querySelector('.badge').textContent = t('file_offline');
    });
    const { length } = list.querySelectorAll('details');

    rows[i].dataset.tone = tone;
    rows[i].dataset.file = result;
    rows[i].querySelector('.badge').replaceWith(badge(tone, title));
    rows[i].append(h('details', { open: !list.children[1] },
      h('summary', t('file_details')), body));
    status.replaceChildren(`${length + 1} / ${list.children.length} `,
      h('span', t('file_done')));
  }
}
