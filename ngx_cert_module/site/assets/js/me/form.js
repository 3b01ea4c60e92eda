/*
 * Forms: each error next to its field, nothing sent twice, nothing typed lost.
 */

import { t } from '../lang.js';
import { leads } from './api.js';
import { alertBox, alertShow, announce, duration, h } from './dom.js';

/* A label, a control and places for its hint and for what is wrong with it. */
export function field(name, label, control, hint = null) {
    const says = hint === null ? '' : `${name}-hint `;

    control.id = name;
    control.name = name;
    control.setAttribute('aria-describedby', `${says}${name}-wrong`);

    return h('div', { class: 'field', 'data-field': name },
             h('label', { for: name }, label),
             control.type === 'password' ? reveal(control, label) : control,
             hint !== null
             && h('p', { class: 'hint', id: `${name}-hint` }, hint),
             wrong(name));
}

/* Choices of one name: [[value, label, hint]], the first of them checked. */
export function choice(name, label, choices, value = choices[0][0], more = []) {
    return h('div', { class: 'field', role: 'radiogroup', 'data-field': name,
                      'aria-labelledby': `${name}-label`,
                      'aria-describedby': `${name}-wrong` },
             h('span', { class: 'label', id: `${name}-label` }, label),
             h('div', { class: 'choices' }, choices.map(([key, text, hint]) =>
                 h('label', {},
                   h('input', { type: 'radio', name, value: key,
                                checked: String(key) === String(value) }),
                   h('span', {}, text,
                     hint && h('span', { class: 'hint' }, hint))))),
             more, wrong(name));
}

function wrong(name) {
    return h('p', { class: 'wrong', id: `${name}-wrong`, hidden: true });
}

function reveal(control, label) {
    const word = h('span', {}, t('me_show'));
    const button = h('button', {
        type: 'button', class: 'link-button', 'data-action': 'reveal',
        onclick: () => {
            const isShown = control.type === 'text';

            control.type = isShown ? 'password' : 'text';
            word.textContent = t(isShown ? 'me_show' : 'me_hide');
        },
    }, word, h('span', { class: 'for-readers' }, ` ${label}`));

    return h('div', { class: 'secret' }, control, button);
}

/*
 * act(values) does it; what it throws is shown.  "draft" takes what is typed,
 * but passwords, so that it is there again when somebody comes back.
 */
export function form(name, fields, submit, act, { draft = null, under = [] }
                     = {}) {
    const box = alertBox();
    const button = h('button', { class: 'button', 'data-action': name,
                                 'data-label': submit }, submit);
    const node = h('form', { novalidate: true, 'data-form': name },
                   fields, box, under, h('div', { class: 'actions' }, button));

    node.addEventListener('input', event => {
        if (draft !== null && event.target.name !== 'password') {
            draft[event.target.name] = event.target.value;
        }
    });
    node.addEventListener('submit', event => {
        event.preventDefault();
        clear(node, box);

        if (isWhole(node)) {
            once(button, () => act(values(node)),
                 error => show(node, box, button, error));
        }
    });
    return node;
}

function values(node) {
    return Object.fromEntries(new FormData(node));
}

function clear(node, box) {
    alertShow(box, '');
    for (const one of node.querySelectorAll('.wrong')) {
        one.hidden = true;
    }
    for (const one of node.querySelectorAll('[aria-invalid]')) {
        one.removeAttribute('aria-invalid');
    }
}

function isWhole(node) {
    const empty = [...node.querySelectorAll('[required]')]
        .filter(one => one.value.trim() === '');

    empty.forEach(one => mark(node, one.name, t('me_required')));
    empty[0]?.focus();
    return empty.length === 0;
}

/* Null: there is no such field; else where to go to correct it. */
function mark(node, name, text) {
    const place = node.querySelector(`[data-field="${CSS.escape(name)}"]`);
    const says = place?.querySelector('.wrong');

    if (!says) {
        return null;
    }
    const control = place.querySelector('select, input:checked, input');

    says.textContent = text;
    says.hidden = false;
    (place.matches('[role=radiogroup]') ? place : control)
        .setAttribute('aria-invalid', 'true');
    return control;
}

function show(node, box, button, error) {
    const control = error.field && mark(node, error.field, error.message);

    if (control) {
        control.focus();
        announce(error.message);
    } else {
        alertShow(box, error.message);
    }
    if (error.status === 429 && error.wait > 0) {
        pause(node, box, button, error.wait);
    }
}

/* Until the wait is over, or something else was typed than a password. */
function pause(node, box, button, seconds) {
    const end = Date.now() + seconds * 1000;
    const other = event => {
        if (event.target.name !== 'password') {
            over('');
        }
    };
    const over = text => {
        clearInterval(timer);
        node.removeEventListener('input', other);
        button.disabled = false;
        button.textContent = button.dataset.label;
        alertShow(box, '');
        announce(text);
    };
    const tick = () => {
        const left = (end - Date.now()) / 1000;

        if (left <= 0 || !button.isConnected) {
            over(button.dataset.label);
            return;
        }
        button.textContent = `${button.dataset.label} · ${duration(left)}`;
    };
    const timer = setInterval(tick, 1000);

    button.disabled = true;
    node.addEventListener('input', other);
    tick();
}

/*
 * Runs it once, however often the button is pressed.  After it was done the
 * button stays off, since another view comes; "true" from act() is no end.
 */
export async function once(button, act, fail) {
    if (button.disabled) {
        return;
    }

    button.disabled = true;
    button.setAttribute('aria-busy', 'true');

    try {
        button.disabled = await act() !== true;

    } catch (error) {
        button.disabled = false;
        if (!leads(error)) {
            fail(error);
        }

    } finally {
        button.removeAttribute('aria-busy');
    }
}
