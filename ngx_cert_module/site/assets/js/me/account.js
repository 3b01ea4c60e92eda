/*
 * Login, registration, the service notice, and what is held about the holder.
 */

import { h } from '../dom.js';
import { lang, t } from '../lang.js';
import { call, go, state, swap } from './api.js';
import { alertBox, announce, asks, field, form } from './form.js';
import { card, day } from './text.js';

const TYPES = ['cn', 'passport', 'hk_mo', 'tw', 'other'];

/* Accounts may be kept by another service: then nothing can be typed here. */
function outside(name, fields, act, ask, other) {
  return {
    name, title: t(name), isOut: true, nodes: state.isElsewhere ? [
      h('div.card', h('p', t('elsewhere')), onward()),
    ] : [
      !isSecureContext && h('p.note', t('needs_https')),
      h('p.lead', t(`${name}_lead`)),
      h('div.card', form(name, name, fields, act,
        state.drafts[name] ??= {})),
      h('p', t(ask), ' ', h('a', {
        href: `#/${other}`, 'data-action': `to-${other}`,
      }, t(other))),
    ],
  };
}

function onward() {
  return h('div.actions', h('a.button', { href: '#/certificates' },
    t('certificates')));
}

export function login() {
  return outside('login', [
    field('username', { autocomplete: 'username' }),
    field('password', { type: 'password',
      autocomplete: 'current-password' }),
  ], enter, 'no_account', 'register');
}

/* Back to where the session ended, or to the list. */
function back() {
  swap(state.back ?? '#/certificates');
  state.back = null;
}

async function enter(values) {
  const { consent } = await call('login', values);

  /* An application that was begun is still there after login. */
  delete state.drafts.login;
  delete state.drafts.register;
  if (consent.required) {
    swap('#/notice');
  } else {
    back();
  }
}

export function register() {
  return outside('register', [
    field('id_type', h('select', { required: true }, TYPES.map(value =>
        h('option', { value }, t(`id_${value}`))))),
    field('id_number', { autocomplete: 'off', maxlength: 40,
      autocapitalize: 'characters' }),
    field('name', { autocomplete: 'name', maxlength: 128,
      autocapitalize: 'words' }, t('name_hint')),
    field('username', { autocomplete: 'username', maxlength: 64 },
      t('username_hint')),
    field('password', { type: 'password', autocomplete: 'new-password' },
      t('password_hint')),
  ], join, 'have_account', 'login');
}

async function join(values) {
  const { username, password } = values;

  await call('register', values);
  delete state.drafts.register;
  state.flash = t('registered');
  try {
    await enter({ username, password });
  } catch {
    state.drafts.login = { username };
    go('#/login');
  }
}

/* "flash" is what the login says then. */
async function leave(flash, to) {
  await call('logout', {});
  state.drafts = {};
  state.back = null;
  state.flash = t(flash);
  to('#/login');
}

export function logout() {
  return asks('logout', () => leave('logged_out', go),
    error => announce(error.message), '.link-button');
}

export async function notice() {
  const { version, text, agreed, required } = await call('notice');
  const box = alertBox();

  return {
    name: 'notice', title: t('notice'), isClosed: required, nodes: [
      h('p.lead', required ? t('notice_lead')
          : t('notice_agreed', { day: day(agreed) })),
      h('div.card',
        lang !== 'zh' && h('p.soft.small', t('notice_chinese')),
        h('div.notice', { lang: 'zh-CN' },
          text.split(/\n+/).map(one => h('p', one))),
        box,
        required ? h('div.actions',
          asks('agree', () => consent(version), box.tell),
          asks('refuse', () => leave('refused', swap), box.tell,
            '.button.plain'))
          : onward()),
    ],
  };
}

async function consent(version) {
  try {
    await call('consent', { version });
    back();
  } catch (error) {
    if (error.type !== 'notice_changed') {
      throw error;
    }
    state.flash = error.message;
    swap('#/notice');
  }
}

export async function data() {
  const { certificates } = await call('certificates');
  const issuers = new Set(certificates.map(one => one.issuer));
  const box = alertBox();

  return {
    name: 'data', title: t('data'), nodes: [
      card('export_title', h('p', t('export_lead')),
        h('p.note', t('export_warning')), box,
        h('div.actions', asks('export', download, box.tell))),
      card('correct_title', h('p', t('correct_lead')),
        h('ul.issuers', { lang: 'zh-CN' },
          [...issuers].map(one => h('li', one)))),
    ],
  };
}

/* As a file, and not as a link: a session that has ended is told here. */
async function download() {
  const href = URL.createObjectURL(await call('export', null, null,
    'blob'));

  h('a', { href, download: 'holder.json' }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000);
  return true;
}
