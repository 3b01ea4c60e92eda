/*
 * Forms: each error next to its field, nothing sent twice, nothing typed lost.
 */

import { button, h } from '../dom.js';
import { t } from '../lang.js';
import { leads } from './api.js';
import { duration } from './text.js';

/* Read out by a screen reader, once. */
export function announce(text) {
  const live = document.getElementById('live');

  live.textContent = '';
  setTimeout(() => { live.textContent = text; }, 100);
}

/* Where an error is told: box.tell(error), and box.tell({}) of none. */
export function alertBox() {
  const box = h('p.note.bad', { role: 'alert' });

  box.tell = ({ message = '' }) => { box.textContent = message; };
  return box;
}

/* The words are those of its name; what is typed must be, unless told so. */
export function field(name, attributes, hint) {
  const control = attributes instanceof Node ? attributes : h('input', {
    type: 'text', required: true, autocapitalize: 'none',
    spellcheck: 'false', ...attributes,
  });

  Object.assign(control, { id: name, name });
  control.setAttribute('aria-describedby',
    `${hint ? `${name}-hint ` : ''}${name}-wrong`);

  return h('div.field', { 'data-field': name },
    h('label', { for: name }, t(name)),
    control.type === 'password' ? reveal(control) : control,
    hint && h('p.hint', { id: `${name}-hint` }, hint),
    wrong(name));
}

/* Choices of one name: [[value, label, hint]], the first of them checked. */
export function choice(name, choices, more) {
  return h('div.field', {
    role: 'radiogroup', 'data-field': name,
    'aria-labelledby': `${name}-label`, 'aria-describedby': `${name}-wrong`,
  }, h('span.label', { id: `${name}-label` }, t(name)),
    h('div.choices', choices.map(([value, text, hint], i) => h('label',
      h('input', { type: 'radio', name, value, checked: i === 0 }),
      h('span', text, hint && h('span.hint', hint))))),
    more, wrong(name));
}

function wrong(name) {
  return h('p.wrong', { id: `${name}-wrong` });
}

function reveal(control) {
  const word = h('span', t('show'));

  return h('div.secret', control, h('button.link-button', {
    type: 'button', 'data-action': 'reveal',
    onclick: () => {
      const isShown = control.type === 'text';

      control.type = isShown ? 'password' : 'text';
      word.textContent = t(isShown ? 'show' : 'hide');
    },
  }, word, h('span.for-readers', ` ${t(control.name)}`)));
}

/*
 * act(values) does it; what it throws is shown.  "draft" takes what is typed,
 * but passwords, so that it is there again when somebody comes back.
 */
export function form(name, label, fields, act, draft = {}, under = null) {
  const box = alertBox();
  const send = h('button.button', { 'data-action': name }, t(label));
  const node = h('form', { novalidate: true },
    fields, box, under, h('div.actions', send));

  for (const [key, value] of Object.entries(draft)) {
    if (node.elements[key]) {
      node.elements[key].value = value;
    }
  }
  node.addEventListener('input', ({ target }) => {
    if (target.name !== 'password') {
      draft[target.name] = target.value;
    }
  });
  node.addEventListener('submit', event => {
    event.preventDefault();
    clear(node, box);

    if (isWhole(node)) {
      run(send, () => act(Object.fromEntries(new FormData(node))),
        error => show(node, box, send, error));
    }
  });
  return node;
}

function clear(node, box) {
  box.tell({});
  for (const one of node.querySelectorAll('.wrong, [aria-invalid]')) {
    one.removeAttribute('aria-invalid');
    one.matches('.wrong') && one.replaceChildren();
  }
}

function isWhole(node) {
  const empty = [...node.querySelectorAll('[required]')]
    .filter(one => one.value.trim() === '');

  empty.forEach(one => mark(node, one.name, t('required')));
  empty[0]?.focus();
  return empty.length === 0;
}

/* Where to go to correct it, if there is such a field. */
function mark(node, name, text) {
  const place = node.querySelector(`[data-field="${CSS.escape(name)}"]`);
  const says = place?.querySelector('.wrong');
  const control = place?.querySelector('select, input:checked, input');

  if (says) {
    says.textContent = text;
    (place.matches('[role]') ? place : control)
      .setAttribute('aria-invalid', 'true');
  }
  return control;
}

function show(node, box, send, error) {
  const control = error.field && mark(node, error.field, error.message);

  if (control) {
    control.focus();
    announce(error.message);
  } else {
    box.tell(error);
  }
  if (error.status === 429 && error.wait > 0) {
    pause(node, box, send, error.wait);
  }
}

/* Until the wait is over, or something else was typed than a password. */
async function pause(node, box, send, seconds) {
  const label = send.textContent;

  send.disabled = true;
  node.oninput = ({ target }) => {
    seconds = target.name === 'password' ? seconds : 0;
  };
  for (; seconds > 0; seconds--) {
    send.textContent = `${label} · ${duration(seconds)}`;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  send.disabled = false;
  send.textContent = label;
  box.tell({});
  announce(label);
}

/*
 * Runs it once, however often the button is pressed.  After it was done the
 * button stays off, since another view comes; "true" from act() is not an end.
 */
async function run(node, act, fail) {
  if (node.disabled) {
    return;
  }

  node.disabled = true;
  node.setAttribute('aria-busy', 'true');

  try {
    node.disabled = await act() !== true;
  } catch (error) {
    node.disabled = false;
    if (!leads(error)) {
      fail(error);
    }
  }
  node.removeAttribute('aria-busy');
}

/* A button for what is asked of the service. */
export function asks(key, act, fail, look = '.button') {
  return button(key, ({ currentTarget }) => run(currentTarget, act, fail),
    look);
}
