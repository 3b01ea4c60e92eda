/*
 * The copies of a certificate: their state, and what can be done with them.
 */

import { badge, button, dialog, h } from '../dom.js';
import { t } from '../lang.js';
import { call, certificate, leads, refresh } from './api.js';
import { alertBox, asks, choice, form } from './form.js';
import { card, chinese, duration, facts, moment, mono, said, units, until }
from './text.js';

/* A copy's own tones; others are called as its state is. */
const TONES = { none: 'not_found', ready: 'valid', failed: 'bad_request' };

/* Addresses hold for ten minutes. */
const FRESH_MS = 8 * 60000;

const POLLS = 200;

/* WeChat saves no files. */
const SAVES = !/MicroMessenger/.test(navigator.userAgent);

/* "status" is that of the certificate, which may have ended the copy. */
export function copyBadge(one, status) {
  const { state } = one;

  return badge(TONES[state] ?? (state === 'ended' ? status : state),
    state === 'ready' ? t('ready') : said(one, 'state_text'));
}

/* What the policy calls it, or our own words for the one that is published. */
export function scene(key, label) {
  return key === 'self' ? t('scene_self') : chinese(label);
}

/* All copies; "signal" tells that they are no longer shown. */
export function copies(answer, signal, footer) {
  const { annotations, original, certificate: of } = answer;
  const { number, status, needs_annotation: isCopied } = of;
  const all = isCopied ? annotations : [original ?? [], annotations].flat();
  const box = alertBox();
  const fail = error => leads(error) || box.tell(error);

  return card(isCopied ? 'copies' : 'original', box,
    !isCopied && h('p.soft', t('original_lead')),
    all.length > 0
      ? h('ul.rows', all.map(one => copy(one, answer, signal, fail)))
      : status === 'valid' && h('p', isCopied
          ? [h('strong', t('none')), ' ', t('none_lead')]
          : t('error_busy')),
    isCopied ? footer : status === 'valid' && again(number, all[0], fail));
}

/* Another original, where the one there is has failed or was withdrawn. */
function again(number, last, fail) {
  const isOver = ['withdrawn', 'failed'].includes(last?.state);

  return (isOver || !last) && h('div.actions',
    asks(isOver ? 'original_new' : 'retry', async () => {
      if (isOver) {
        await certificate(number, '/annotations', {});
      }
      refresh();
    }, fail));
}

function copy(one, { certificate: { status }, quota, scenes }, signal, fail) {
  const { code, state, last_day: last } = one;
  const key = scenes.find(({ label }) => label === one.scene)?.key;
  const isReady = state === 'ready';

  return h('li', { 'data-code': code, 'data-state': state },
    h('div.row-head', copyBadge(one, status),
      last && ['generating', 'ready', 'expired'].includes(state)
        && h('strong', until(last))),
    state === 'generating' && progress(one, signal),
    facts([t('code'), mono(code)],
      [t('scene'), one.scene && scene(key, one.scene)],
      [t('days'), one.days && units(one.days, 'day')],
      [t('applied_at'), one.applied && moment(one.applied)]),
    state === 'failed' && h('p.soft', t('failed_lead')),
    isReady && !SAVES && h('p.note', t('no_saving')),
    (isReady || state === 'generating') && h('div.actions',
      isReady && addresses(code, fail),
      isReady && button('share', () => share(code)),
      button('withdraw', () => withdraw(one, quota), '.button.danger')));
}

/*
 * The addresses of a file are asked for when it is shown, and by a click when
 * they are not there yet or old.  They are kept nowhere else.
 */
function addresses(code, fail) {
  let time = 0;

  const find = async () => {
    const answer = await call(`annotations/${code}`);

    if (answer.view === null) {
      refresh();
      return;
    }
    for (const link of links) {
      const url = new URL(answer[link.dataset.action]);

      /* On this origin, if that is what the authority has made public. */
      link.href = url.host === location.host ? url.pathname : url;
    }
    time = Date.now();
  };
  const links = ['view', SAVES && 'download'].filter(Boolean).map(right =>
      h(right === 'view' ? 'a.button' : 'a.button.plain', {
        href: location.hash, 'data-action': right, rel: 'noopener',
        target: right === 'view' && '_blank',
        onclick: event => {
          if (Date.now() - time > FRESH_MS) {
            event.preventDefault();
            find().then(() => time && location.assign(event.target.href),
              fail);
          }
        },
      }, t(right)));

  find().catch(() => {});
  return links;
}

function estimate({ estimate: about }) {
  const time = duration(about?.seconds ?? 1);

  return about?.position > 0 ? t('queued', { n: about.position, time })
    : t('making', { time });
}

/* Asks until it is made; not while nobody looks, and not for ever. */
function progress(one, signal) {
  const text = h('p', estimate(one));
  const node = h('div.progress', h('span.bar'), text);
  let polls = 0;
  let wait = Math.min(Math.max(one.estimate?.seconds ?? 1, 1), 15);

  const poll = async () => {
    if (signal.aborted) {
      return;
    }
    if (document.hidden) {
      document.addEventListener('visibilitychange', poll, { once: true });
      return;
    }
    if (++polls > POLLS) {
      node.replaceChildren(t('stalled'));
      return;
    }
    try {
      const { annotation } = await call(`annotations/${one.code}`);

      if (annotation.state !== 'generating') {
        signal.aborted || refresh(copyBadge(annotation).textContent);
        return;
      }
      text.textContent = estimate(annotation);
      wait = Math.min(Math.max(annotation.estimate?.seconds ?? 1,
        wait * 1.5), 30);
    } catch (error) {
      if (signal.aborted || leads(error)) {
        return;
      }
      wait = Math.min(Math.max(error.wait, wait * 2), 60);
    }
    setTimeout(poll, wait * 1000);
  };

  setTimeout(poll, wait * 1000);
  return node;
}

function withdraw({ code, original }, { reading }) {
  const box = alertBox();
  const shown = dialog('withdraw_title', [
    h('p.mono', code), h('p', t('withdraw_ends')),
    !original && h('p', t(`withdraw_${reading}`)), box,
  ], asks('withdraw', async () => {
    const { annotation } = await call(`annotations/${code}/withdraw`, {});

    shown.close();
    refresh(copyBadge(annotation).textContent);
  }, box.tell, '.button.danger.full'));
}

/* For how many days; 0: as long as the copy, to which the service cuts it. */
const TTL_DAYS = [1, 7, 30, 0];

function share(code) {
  const choices = form('share', 'share_make', [
    choice('ttl', TTL_DAYS.map(n =>
      [86400 * (n || 3650), n ? units(n, 'day') : t('share_whole')])),
    choice('right', ['view', 'download'].map(one => [one, t(one)])),
  ], async values => {
    const link = shared(await call(`annotations/${code}/link`, values));

    choices.replaceWith(link);
    link.querySelector('input').focus();
    link.querySelector('input').select();
  });

  dialog('share', [h('p.soft', t('share_lead')), choices]);
}

function shared({ url, expires }) {
  const text = h('input.mono', { readonly: true, value: url, id: 'shared' });
  const says = h('p.hint', { role: 'status' });
  const copyLink = async () => {
    text.select();
    const isDone = await navigator.clipboard?.writeText(url)
      .then(() => true, () => false) || document.execCommand('copy');

    says.textContent = isDone ? t('copied') : '';
  };

  return h('div.shared',
    h('div.field', h('label', { for: 'shared' }, t('shared')), text),
    h('p', t('shared_until', { time: moment(expires) })),
    h('div.actions', button('copy_link', copyLink, '.button'),
      navigator.share && button('send', () =>
          navigator.share({ url }).catch(() => {}))),
    says);
}
