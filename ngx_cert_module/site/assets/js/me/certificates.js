/*
 * The list of certificates, one of them, and the application for a copy.
 */

import { badge, h } from '../dom.js';
import { t } from '../lang.js';
import { call, certificate, state, swap } from './api.js';
import { copies, copyBadge, scene } from './copies.js';
import { choice, form } from './form.js';
import { card, chinese, day, facts, mono, said, title, units, until }
from './text.js';

function statusBadge(one) {
  return badge(one.status, said(one, 'status_text'));
}

function place(number, rest = '') {
  return `#/certificates/${encodeURIComponent(number)}${rest}`;
}

function toApply({ number }) {
  return h('a.button', { href: place(number, '/apply'),
    'data-action': 'to-apply' }, t('apply'));
}

function mayApply(one) {
  return one.status === 'valid' && one.needs_annotation;
}

export async function list() {
  const { certificates, reason } = await call('certificates');
  const n = certificates.length;

  return {
    name: 'certificates', title: t('certificates'), nodes: n > 0
      ? [h('p.lead', t('count', { n })),
        h('ul.cards', certificates.map(item))]
      : [card('not_found', h('p', said(reason, 'detail')))],
  };
}

function item(one) {
  const { annotation, number, status, needs_annotation: isCopied } = one;
  const isReady = annotation.state === 'ready';
  const isNew = mayApply(one) && !isReady
    && annotation.state !== 'generating';

  /* What there is to see. */
  const opens = isReady || (!isCopied && status === 'valid')
    ? `${t('view')} / ${t('download')}` : t('details');

  return h('li.card', { 'data-number': number, 'data-status': status },
    h('div.row-head', h('h2', title(one)), statusBadge(one)),
    facts([t('number'), mono(number)],
      [t('specialty'), chinese(one.specialty)],
      [t(isCopied ? 'copies' : 'original'),
        (isCopied || annotation.state !== 'none') && [
          copyBadge(annotation, status),
          isReady && annotation.last_day
            && h('p.soft.until', until(annotation.last_day))]]),
    h('div.actions', isNew && toApply(one),
      h(isNew ? 'a.button.plain' : 'a.button', {
        href: place(number), 'data-action': 'open',
        'aria-label': `${opens} ${number}`,
      }, opens)));
}

export async function details(number, signal) {
  const answer = await certificate(number);
  const { certificate: one, quota } = answer;
  const isOpen = mayApply(one);

  return {
    name: 'certificate', title: title(one), up: '#/certificates', nodes: [
      h('p.row-head', mono(number), statusBadge(one)),
      ended(one),
      copies(answer, signal, isOpen && [
        room(quota),
        quota.left > 0 && h('div.actions', toApply(one)),
      ]),
      card('details', person(one),
        h('p.soft', t(isOpen ? 'hint' : 'correct_lead'))),
    ],
  };
}

/* Why there are no copies of it any more. */
function ended({ status, replaced_by: next }) {
  return status !== 'valid' && h('div.note', { 'data-state': status },
    h('p', t(`${status}_means`), ' ', t('status_ask')),
    next && h('p', h('a', { href: place(next) },
      t('replaced_by', { number: next }))));
}

function person(one) {
  const cn = key => [t(key), chinese(one[key])];
  const sex = { '\u7537': t('male'), '\u5973': t('female') };

  return facts([t('number'), mono(one.number)], cn('name'),
    [t('id_type'), t(`id_${one.id_type}`)],
    [t('id_number'), one.id_number],
    [t('sex'), sex[one.sex] ?? one.sex],
    [t('birth'), day(one.birth_date)], cn('qualification'),
    cn('specialty'), cn('level'),
    [t('approved'), day(one.approved)], cn('issuer'));
}

/* How many more copies there may be. */
function room(quota) {
  const { limit, days, used, left, next_slot: next, reading } = quota;

  return h('div.quota', { 'data-left': left },
    h('p', h('span.slots', { 'aria-hidden': 'true' }, limit <= 10
        && [...Array(limit).keys()].map(n =>
            h(n < used ? 'span.used' : 'span'))),
      h('strong', t('quota_left', { used, left }))),
    left === 0 && next
      && h('p.next', t('quota_next', { day: day(next) })),
    h('p.soft.small', t(`quota_${reading}`, { limit, days }), ' ',
      said(quota, 'note')));
}

export async function apply(number) {
  const answer = await certificate(number);
  const { certificate: one, quota } = answer;
  const kept = state.drafts[number] ??= {};

  if (!mayApply(one)) {
    swap(place(number));
    return null;
  }

  return { name: 'apply', title: t('apply'), up: place(number), nodes: [
    card('apply_check', person(one), h('p.note', t('hint'))),
    card('apply_choose', room(quota),
      (quota.left > 0 || kept.sent) && application(answer, kept)),
  ] };
}

/* The days: as many as there may be, fewer, or a number. */
function validity(longest, kept) {
  const days = [longest, 60, 30, 7].filter((n, i) => i === 0 || n < longest);
  const other = h('input', {
    type: 'number', id: 'other', name: 'other', min: 1, max: longest,
  });
  const more = h('label.other', { hidden: kept.days !== 'other' }, other,
    h('span.hint', t('days_label', { n: longest })));
  const node = choice('days', [
    ...days.map((n, i) => [n, units(n, 'day'), i === 0 && t('days_best')]),
    ['other', t('days_other')],
  ], more);

  node.addEventListener('change', ({ target }) => {
    if (target !== other) {
      more.hidden = target.value !== 'other';
      other.focus();
    }
  });
  return node;
}

/*
 * A key belongs to one application until it is known what became of it; what
 * was sent with it cannot be changed meanwhile, since the store might have it.
 */
function application({ certificate: { number }, scenes,
  validity_days: longest }, kept) {
  const fields = h('fieldset', { disabled: Boolean(kept.sent) },
    choice('scene', scenes.map(({ key, label }) =>
        [key, scene(key, label)])),
    validity(longest, kept));

  const done = flash => {
    state.flash = flash;
    swap(place(number));
  };

  const send = async ({ scene, days, other }) => {
    kept.sent ??= { key: crypto.getRandomValues(new BigUint64Array(2))
        .join('-'),
      scene, days: days === 'other' ? other : days };
    fields.disabled = true;
    try {
      const { key, ...sent } = kept.sent;

      await certificate(number, '/annotations', sent, key);
    } catch (error) {
      /* Nobody knows whether it was done. */
      kept.isOpen ||= error.status === 0 || error.status >= 500;
      if (!kept.isOpen || (error.status > 403 && error.status < 429)) {
        delete kept.sent;
        delete kept.isOpen;
        fields.disabled = false;
      }
      if (error.type === 'quota') {
        done(error.message);
        return;
      }
      throw error;
    }
    delete state.drafts[number];
    done(t('applied'));
  };

  return form('apply', 'apply_submit', [
    kept.sent && h('p.note', t('apply_open')),
    fields,
  ], send, kept, h('p.soft.small', t('apply_notice')));
}
