/*
 * The holder's pages: one view for each route, "#/certificates/NUMBER".
 */

import { choose, load, t } from '../lang.js';
import { data, login, logout, notice, register } from './account.js';
import { go, leads, state, swap } from './api.js';
import { apply, details, list } from './certificates.js';
import { alertBox, announce, h } from './dom.js';

const ROUTES = [
    [/^#\/login$/, login],
    [/^#\/register$/, register],
    [/^#\/notice$/, notice],
    [/^#\/certificates$/, list],
    [/^#\/certificates\/([^/]+)$/, details],
    [/^#\/certificates\/([^/]+)\/apply$/, apply],
    [/^#\/data$/, data],
];

const SLOW_MS = 300;

const main = document.getElementById('main');
const site = document.title;
let leave = new AbortController();
let isFirst = true;

async function show() {
    const { hash } = location;

    if (hash !== '' && !hash.startsWith('#/')) {
        return;
    }
    const [pattern, make] = ROUTES.find(([one]) => one.test(hash)) ?? [];

    if (make === undefined) {
        swap('#/certificates');
        return;
    }

    leave.abort();
    leave = new AbortController();
    const { signal } = leave;
    const slow = setTimeout(loading, SLOW_MS);

    main.setAttribute('aria-busy', 'true');
    document.querySelectorAll('dialog[open]').forEach(one => one.close());
    let view;

    try {
        view = await make(...pattern.exec(hash).slice(1)
                          .map(decodeURIComponent), signal);
    } catch (error) {
        view = signal.aborted || leads(error) ? null : failure(error);
    }

    clearTimeout(slow);
    if (view && !signal.aborted) {
        render(view);
    }
}

function render({ name, title, nodes, isOut, isClosed, up }) {
    const heading = h('h1', { tabindex: -1 },
                      typeof title === 'string' ? title
                      : title.cloneNode(true));
    const { flash } = state;

    state.flash = null;
    document.title = `${heading.textContent} · ${site}`;
    main.dataset.view = name;
    main.removeAttribute('aria-busy');
    main.replaceChildren(
        ...[!isOut && menu(name, isClosed),
            flash !== null && h('p', { class: 'note', 'data-flash': true },
                                flash),
            up && above(up, t(up === '#/certificates' ? 'me_certificates'
                              : 'me_details')),
            heading, ...nodes].filter(Boolean));
    if (flash !== null) {
        announce(flash);
    }

    if (isFirst) {
        isFirst = false;
    } else {
        scrollTo(0, 0);
        heading.focus({ preventScroll: true });
    }
}

function above(href, text) {
    return h('p', { class: 'up no-print' }, h('a', { href }, text));
}

/* What else there is; before the notice is agreed to, only the way out. */
function menu(name, isClosed) {
    const out = h('button', {
        type: 'button', class: 'link-button', 'data-action': 'logout',
        onclick: () => logout(out),
    }, t('me_logout'));
    const places = isClosed ? [] : ['data', 'notice'];

    return h('nav', { class: 'menu no-print', 'aria-label': t('me_data') },
             places.map(place => h('a', {
                 href: `#/${place}`,
                 'aria-current': place === name ? 'page' : null,
             }, t(`me_${place}`))),
             !state.isElsewhere && out);
}

function loading() {
    main.replaceChildren(h('p', { class: 'loading soft' }, t('me_loading')));
    announce(t('me_loading'));
}

function failure(error) {
    const box = alertBox();

    box.hidden = false;
    box.textContent = error.message;
    return {
        name: 'error', title: t('me_error'), up: '#/certificates', nodes: [
            box,
            h('div', { class: 'actions' },
              h('button', { type: 'button', class: 'button',
                            'data-action': 'retry', onclick: show },
                t('me_retry'))),
        ],
    };
}

/* The other language, here and not at the start. */
function languages() {
    for (const one of document.querySelectorAll('a[hreflang]')) {
        one.addEventListener('click', event => {
            event.preventDefault();
            choose(one.hreflang);
        });
    }
}

document.querySelector('.skip').addEventListener('click', event => {
    event.preventDefault();
    (main.querySelector('h1') ?? main).focus();
});

/* To the list without a new page. */
const home = document.querySelector('nav [aria-current]');

home.addEventListener('click', event => {
    event.preventDefault();
    go('#/certificates');
});

languages();
addEventListener('hashchange', show);
await load();
show();
