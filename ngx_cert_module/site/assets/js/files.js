/*
 * Checks of files: each is hashed here and never leaves this machine; only the
 * digest is sent.  The server's page is asked and its result is shown, so that
 * results are put into words in one place.
 */

import { lang, load, t } from './lang.js';

const SIZE_MAX = 32 * 1024 * 1024;

const words = load();

function make(tag, className = '', text = '') {
    const element = document.createElement(tag);

    if (className) {
        element.className = className;
    }

    element.textContent = text;

    return element;
}

function icon(tone) {
    const template = make('template');

    template.innerHTML = `<svg aria-hidden="true"><use
        href="/site/icons/icons.svg#${tone}"></use></svg>`;

    return template.content;
}

/* A problem that was found here: a tone, and the keys of its words. */
function problem(tone, key) {
    return { tone, title: t(key), body: [make('p', '', t(`${key}_means`))] };
}

async function digest(file) {
    const bytes = await file.arrayBuffer();
    const start = new TextDecoder('latin1').decode(bytes.slice(0, 1024));

    if (!start.includes('%PDF-')) {
        return '';
    }

    return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))]
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
    const title = head.querySelector('h1').textContent;
    const means = head.querySelector('p');

    head.remove();
    result.querySelectorAll('.no-print, .print-only, [data-typed]')
          .forEach(element => element.remove());

    return { tone: result.dataset.tone, result: result.dataset.result, title,
             body: [means, ...result.children] };
}

async function look(file) {
    let sha256;

    if (file.size > SIZE_MAX) {
        return problem('wrong', 'check_file_large');
    }

    try {
        sha256 = await digest(file);
    } catch {
        return problem('wrong', 'check_file_unreadable');
    }

    if (!sha256) {
        return problem('wrong', 'check_file_not_pdf');
    }

    try {
        return await ask(sha256);
    } catch {
        return { ...problem('down', 'result_unavailable'),
                 result: 'unavailable' };
    }
}

function show(row, found) {
    const badge = make('span', 'badge', found.title);
    const details = make('details');

    row.dataset.tone = found.tone;
    row.dataset.file = found.result ?? 'unread';
    badge.prepend(icon(found.tone));
    row.querySelector('.badge').replaceWith(badge);

    details.append(make('summary', '', t('check_file_details')),
                   ...found.body);
    row.append(details);
}

export async function check(files, place) {
    await words;

    place.hidden = false;

    if (!crypto.subtle) {
        place.replaceChildren(make('p', 'note', t('check_file_insecure')));
        return;
    }

    if (!place.firstChild) {
        const status = make('p', 'soft small');

        status.setAttribute('role', 'status');
        place.append(make('h3', '', t('check_file_results')), status,
                     make('ul', 'rows files'));
    }

    const list = place.querySelector('ul');
    const rows = files.map(file => {
        const row = make('li');
        const head = make('div', 'row-head');

        row.dataset.file = 'busy';
        head.append(make('span', 'file-name', file.name),
                    make('span', 'badge', t('check_file_busy')));
        row.append(head);
        list.append(row);

        return row;
    });

    /* One after the other: the server limits the rate of an address. */
    for (const [i, file] of files.entries()) {
        show(rows[i], await look(file));

        place.querySelector('[role=status]').textContent = t('check_file_done', {
            done: list.querySelectorAll(':scope > :not([data-file=busy])')
                      .length,
            all: list.children.length,
        });
    }
}
