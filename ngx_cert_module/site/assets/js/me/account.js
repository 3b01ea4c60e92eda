/*
 * Login, registration, the service notice, and what is held about the holder.
 */

import { lang, t } from '../lang.js';
import { call, go, state, swap } from './api.js';
import { alertBox, alertShow, announce, day, h } from './dom.js';
import { field, form, once } from './form.js';

const TYPES = ['cn', 'passport', 'hk_mo', 'tw', 'other'];

function draft(name) {
    if (!state.drafts.has(name)) {
        state.drafts.set(name, {});
    }
    return state.drafts.get(name);
}

function input(attributes) {
    return h('input', { type: 'text', required: true, autocapitalize: 'none',
                        spellcheck: 'false', ...attributes });
}

/* Back to where the session ended, or to the list. */
function onward() {
    const to = state.back ?? '#/certificates';

    state.back = null;
    swap(to);
}

/* --- Login and registration ---------------------------------------------- */

export function login() {
    if (state.isElsewhere) {
        return elsewhere('login', t('me_login'));
    }

    const kept = draft('login');

    return {
        name: 'login', title: t('me_login'), isOut: true, nodes: [
            h('p', { class: 'lead' }, t('me_login_lead')),
            h('div', { class: 'card' },
              form('login', [
                  field('username', t('me_username'), input({
                      autocomplete: 'username', value: kept.username ?? '' })),
                  field('password', t('me_password'), input({
                      type: 'password', autocomplete: 'current-password' })),
              ], t('me_login'), enter, { draft: kept })),
            h('p', {}, t('me_no_account'), ' ',
              h('a', { href: '#/register', 'data-action': 'to-register' },
                t('me_register'))),
        ],
    };
}

/* An application that was begun is still there after login. */
function forget() {
    state.drafts.delete('login');
    state.drafts.delete('register');
}

async function enter(values) {
    const { consent } = await call('login', { form: values });

    forget();
    state.isIn = true;
    if (consent.required) {
        swap('#/notice');
    } else {
        onward();
    }
}

export function register() {
    if (state.isElsewhere) {
        return elsewhere('register', t('me_register'));
    }

    const kept = draft('register');
    const type = h('select', { required: true }, TYPES.map(key =>
        h('option', { value: key, selected: key === kept.id_type },
          t(`me_id_${key}`))));

    return {
        name: 'register', title: t('me_register'), isOut: true, nodes: [
            h('p', { class: 'lead' }, t('me_register_lead')),
            h('div', { class: 'card' },
              form('register', [
                  field('id_type', t('me_id_type'), type),
                  field('id_number', t('me_id_number'), input({
                      autocomplete: 'off', autocapitalize: 'characters',
                      maxlength: 40, value: kept.id_number ?? '' })),
                  field('name', t('me_name'), input({
                      autocomplete: 'name', autocapitalize: 'words',
                      maxlength: 128, value: kept.name ?? '' }),
                        t('me_name_hint')),
                  field('username', t('me_username'), input({
                      autocomplete: 'username', maxlength: 64,
                      value: kept.username ?? '' }), t('me_username_hint')),
                  field('password', t('me_password'), input({
                      type: 'password', autocomplete: 'new-password' }),
                        t('me_password_hint')),
              ], t('me_register'), join, { draft: kept })),
            h('p', {}, t('me_have_account'), ' ',
              h('a', { href: '#/login', 'data-action': 'to-login' },
                t('me_login'))),
        ],
    };
}

async function join(values) {
    await call('register', { form: values });

    const { username, password } = values;

    forget();
    state.flash = t('me_registered');
    try {
        await enter({ username, password });
    } catch {
        state.flash = t('me_registered_login');
        draft('login').username = username;
        go('#/login');
    }
}

/* Accounts are kept by another service: nothing can be typed here. */
function elsewhere(name, title) {
    return {
        name, title, isOut: true, nodes: [
            h('div', { class: 'card', 'data-state': 'elsewhere' },
              h('p', {}, t('me_elsewhere')),
              h('div', { class: 'actions' },
                h('a', { class: 'button', href: '#/certificates' },
                  t('me_certificates')))),
        ],
    };
}

export async function logout(button) {
    await once(button, async () => {
        await call('logout', { form: {} });
        state.drafts.clear();
        state.back = null;
        state.isIn = false;
        state.flash = t('me_logged_out');
        go('#/login');
    }, error => announce(error.message));
}

/* --- Notice -------------------------------------------------------------- */

export async function notice() {
    const { version, text, agreed, required } = await call('notice');
    const box = alertBox();
    const attributes = lang === 'zh' ? {} : { lang: 'zh-CN' };

    state.isIn = true;

    const agree = h('button', {
        class: 'button', 'data-action': 'agree', type: 'button',
        onclick: () => once(agree, () => consent(version),
                            error => alertShow(box, error.message)),
    }, t('me_agree'));
    const refuse = h('button', {
        class: 'button plain', 'data-action': 'refuse', type: 'button',
        onclick: () => once(refuse, decline,
                            error => alertShow(box, error.message)),
    }, t('me_refuse'));

    return {
        name: 'notice', title: t('me_notice'), isClosed: required, nodes: [
            h('p', { class: 'lead' }, required ? t('me_notice_lead')
              : t('me_notice_agreed', { day: day(agreed) })),
            h('div', { class: 'card', 'data-version': version },
              lang !== 'zh' && h('p', { class: 'soft small' },
                                 t('me_notice_chinese')),
              h('div', { class: 'notice', ...attributes },
                text.split(/\n+/).map(one => h('p', {}, one))),
              box,
              required ? h('div', { class: 'actions' }, agree, refuse)
              : h('div', { class: 'actions' },
                  h('a', { class: 'button', href: '#/certificates' },
                    t('me_certificates')))),
        ],
    };
}

async function consent(version) {
    try {
        await call('consent', { form: { version } });
    } catch (error) {
        if (error.type !== 'notice_changed') {
            throw error;
        }
        state.flash = error.message;
        swap('#/notice');
        return;
    }
    onward();
}

async function decline() {
    await call('logout', { form: {} });
    state.drafts.clear();
    state.isIn = false;
    state.flash = t('me_refused');
    swap('#/login');
}

/* --- What is held -------------------------------------------------------- */

export async function data() {
    const { certificates } = await call('certificates');
    const issuers = [...new Set(certificates.map(one => one.issuer))];
    const box = alertBox();
    const button = h('button', {
        class: 'button', type: 'button', 'data-action': 'export',
        onclick: () => once(button, download,
                            error => alertShow(box, error.message)),
    }, t('me_export'));

    return {
        name: 'data', title: t('me_data'), nodes: [
            h('section', { class: 'card' },
              h('h2', {}, t('me_export_title')),
              h('p', {}, t('me_export_lead')),
              h('p', { class: 'note' }, t('me_export_warning')),
              box, h('div', { class: 'actions' }, button)),
            h('section', { class: 'card' },
              h('h2', {}, t('me_correct_title')),
              h('p', {}, t('me_correct_lead')),
              issuers.length > 0
              && h('ul', lang === 'zh' ? { class: 'issuers' }
                   : { class: 'issuers', lang: 'zh-CN' },
                   issuers.map(one => h('li', {}, one)))),
        ],
    };
}

/* As a file, and not as a link: a session that has ended is told here. */
async function download() {
    const url = URL.createObjectURL(await call('export', { as: 'blob' }));
    const link = h('a', { href: url, download: 'holder.json' });

    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    return true;
}
