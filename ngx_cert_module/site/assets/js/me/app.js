/*
 * The holder's pages: one view for each route.
 */

import { button, h } from '../dom.js';
import { load, switches, t } from '../lang.js';
import { data, login, logout, notice, register } from './account.js';
import { go, leads, state, swap } from './api.js';
import { apply, details, list } from './certificates.js';
import { announce } from './form.js';

/* "#/certificates/NUMBER" and "#/certificates/NUMBER/apply" are two more. */
const VIEWS = { __proto__: null, login, register, notice, data,
  certificates: list };
const ROUTE = /^#\/(\w+)(?:\/([^/]+)(\/apply)?)?$/;

const SLOW_MS = 300;

const main = document.getElementById('main');
let leave = new AbortController();

async function show() {
  const { hash } = location;
  const [, name, number, rest] = ROUTE.exec(hash) ?? [];
  const make = !number ? VIEWS[name]
    : name === 'certificates' && (rest ? apply : details);

  if (!make) {
    if (hash === '' || hash.startsWith('#/')) {
      swap('#/certificates');
    }
    return;
  }

  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const slow = setTimeout(loading, SLOW_MS);
  let view;

  main.setAttribute('aria-busy', 'true');
  try {
    view = await make(number && decodeURIComponent(number), signal);
  } catch (error) {
    view = signal.aborted || leads(error) ? null : failure(error);
  }

  clearTimeout(slow);
  if (view && !signal.aborted) {
    render(view);
  }
}

function render({ name, title, nodes, isOut, isClosed, up }) {
  const heading = h('h1', { tabindex: -1 }, title);
  const { flash, isSame } = state;
  const isLost = !isSame || main.contains(document.activeElement);

  Object.assign(state, { flash: null, isSame: false });
  document.title = `${heading.textContent} · ${t('site_name')}`;
  main.dataset.view = name;
  main.removeAttribute('aria-busy');
  main.replaceChildren(
    ...[!isOut && menu(name, isClosed),
      flash && !isSame && h('p.note.flash', flash),
      up && h('p.up', h('a', { href: up }, t(
        up === '#/certificates' ? 'certificates' : 'details'))),
      heading, ...nodes].filter(Boolean));
  if (flash) {
    announce(flash);
  }

  if (!isSame) {
    document.querySelectorAll('dialog').forEach(one => one.close());
    scrollTo(0, 0);
  }
  if (isLost) {
    heading.focus({ preventScroll: true });
  }
}

/* What else there is; before the notice is agreed to, only the way out. */
function menu(name, isClosed) {
  const places = isClosed ? [] : ['data', 'notice'];

  return h('nav.menu', { 'aria-label': t('data') },
    places.map(place => h('a', {
      href: `#/${place}`,
      'aria-current': place === name && 'page',
    }, t(place))),
    !state.isElsewhere && logout());
}

function loading() {
  if (!state.isSame || !main.dataset.view) {
    main.replaceChildren(h('p.loading.soft', t('loading')));
    announce(t('loading'));
  }
}

function failure({ message }) {
  return {
    name: 'error', title: t('error'), up: '#/certificates', nodes: [
      h('p.note.bad', { role: 'alert' }, message),
      h('div.actions', button('retry', show, '.button')),
    ],
  };
}

/* What the service says is asked for again; what was typed is still there. */
async function translated() {
  const fields = () => [...main.querySelectorAll('input, select')];
  const typed = fields().map(({ name, value, checked }) =>
      ({ name, value, checked }));

  state.isSame = true;
  await show();
  fields().forEach((field, i) => field.name === typed[i]?.name
      && Object.assign(field, typed[i]));
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

addEventListener('hashchange', show);
await load();
switches(translated);
show();
