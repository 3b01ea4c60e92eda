/*
 * The copies of a certificate: their state, and what can be done with them.
 */

import { lang, t } from '../lang.js';
import { call, certificatePath, leads } from './api.js';
import { alertBox, alertShow, announce, badge, chinese, day, duration, facts, h,
         moment, said, units } from './dom.js';
import { choice, form, once } from './form.js';

const TONES = { none: 'none', generating: 'wait', ready: 'good',
                expired: 'over', withdrawn: 'gone', failed: 'wrong' };

export const STATUS_TONES = { valid: 'good', suspended: 'hold', revoked: 'bad',
                              replaced: 'moved' };

/* Addresses hold for ten minutes. */
const FRESH_MS = 8 * 60000;

const POLLS = 200;

/* "status" is that of the certificate, which may have ended the copy. */
export function copyBadge(annotation, status) {
    const { state } = annotation;

    return badge(TONES[state] ?? STATUS_TONES[status] ?? 'none',
                 state === 'ready' ? t('me_ready')
                 : said(annotation, 'state_text'));
}

/* What the policy calls it, or our own words for the one that is published. */
export function scene(key, label) {
    return key === 'self' ? t('me_scene_self') : chinese(label);
}

/*
 * All of them in a card that replaces itself when something has changed.
 * footer(answer) makes what stands below.
 */
export function card(answer, signal, footer) {
    const { annotations, certificate, original } = answer;
    const isOriginal = !certificate.needs_annotation;
    const copies = isOriginal ? [original ?? [], annotations].flat()
                              : annotations;
    const box = alertBox();
    const watching = new AbortController();
    const heading = h('h2', { tabindex: -1 },
                      t(isOriginal ? 'me_original' : 'me_copies'));

    signal.addEventListener('abort', () => watching.abort());

    const view = {
        answer, box, signal: watching.signal,
        fail: error => leads(error) || alertShow(box, error.message),

        /* Asks anew, and says what came of it. */
        async renew(changed = null) {
            const next = card(await call(certificatePath(certificate.number)),
                              signal, footer);
            const isInside = node.contains(document.activeElement)
                             || document.activeElement === document.body;

            if (signal.aborted) {
                return;
            }
            watching.abort();
            node.replaceWith(next);
            if (isInside) {
                next.querySelector('h2').focus();
            }
            if (changed !== null) {
                announce(copyBadge(changed).textContent);
            }
        },
    };

    const node = h('section', { class: 'card', 'data-part': 'copies' },
        heading, box,
        isOriginal && h('p', { class: 'soft' }, t('me_original_lead')),
        copies.length > 0
        ? h('ul', { class: 'rows' }, copies.map(one => copy(one, view)))
        : certificate.status === 'valid'
          && h('p', { 'data-state': 'none' }, isOriginal ? t('me_error_busy')
               : [h('strong', {}, t('me_none')), ' ', t('me_none_lead')]),
        isOriginal ? another(view, copies) : footer(answer));

    return node;
}

function copy(one, view) {
    const { certificate: { status }, scenes } = view.answer;
    const key = scenes.find(({ label }) => label === one.scene)?.key;

    return h('li', { 'data-code': one.code, 'data-state': one.state },
             h('div', { class: 'row-head' }, copyBadge(one, status),
               one.last_day && ['generating', 'ready', 'expired']
                   .includes(one.state)
               && h('strong', { 'data-last-day': one.last_day },
                    t('me_until', { day: day(one.last_day) }))),
             one.state === 'generating' && progress(one, view),
             facts([
                 [t('me_code'), h('span', { class: 'mono' }, one.code)],
                 [t('me_scene'), one.scene && scene(key, one.scene)],
                 [t('me_days'), one.days && units(one.days, 'day')],
                 [t('me_applied_at'), one.applied && moment(one.applied)],
             ]),
             one.state === 'failed' && h('p', { class: 'soft' },
                                         t('me_failed_lead')),
             actions(one, view));
}

function actions(one, view) {
    const isReady = one.state === 'ready';
    const addresses = isReady && new Addresses(one.code, view);

    if (!isReady && one.state !== 'generating') {
        return null;
    }
    return h('div', { class: 'actions no-print' },
             isReady && [
                 addresses.link('view', t('me_view'), 'button'),
                 addresses.link('download', t('me_download'), 'button plain'),
                 button('share', 'me_share', 'button plain',
                        () => share(one, view)),
             ],
             button('withdraw', 'me_withdraw', 'button danger',
                    () => withdraw(one, view)));
}

function button(action, text, look, act) {
    return h('button', { type: 'button', class: look, 'data-action': action,
                         onclick: act }, t(text));
}

/* --- View and download --------------------------------------------------- */

/*
 * The addresses of a file are asked for when it is shown and again when they
 * get old; a click waits for them if need be.  They are kept nowhere else.
 */
class Addresses {
    constructor(code, view) {
        this.code = code;
        this.view = view;
        this.links = {};
        this.time = 0;

        const renew = () => document.hidden || this.isFresh
                            || this.ask().catch(() => {});

        document.addEventListener('visibilitychange', renew,
                                  { signal: view.signal });
        renew();
    }

    get isFresh() {
        return Date.now() - this.time < FRESH_MS;
    }

    async ask() {
        const answer = await call(`annotations/${this.code}`);

        if (answer.view === null) {
            await this.view.renew();
            return null;
        }
        for (const [right, link] of Object.entries(this.links)) {
            link.href = here(answer[right]);
        }
        this.time = Date.now();
        return answer;
    }

    link(right, text, look) {
        const link = h('a', {
            class: look, href: location.hash, 'data-action': right,
            rel: 'noopener', target: right === 'view' ? '_blank' : null,
            onclick: event => {
                if (this.isFresh) {
                    return;
                }
                event.preventDefault();
                this.ask().then(
                    answer => answer && location.assign(here(answer[right])),
                    this.view.fail);
            },
        }, text);

        this.links[right] = link;
        return link;
    }
}

/* On this origin, if it is the one that the authority has made public. */
function here(address) {
    const url = new URL(address);

    return url.host === location.host ? url.pathname : address;
}

/* --- Progress ------------------------------------------------------------ */

function progress(one, view) {
    const text = h('p', {}, estimate(one));
    const node = h('div', { class: 'progress', 'data-state': 'waiting' },
                   h('span', { class: 'bar', 'aria-hidden': 'true' }), text);

    watch(one, view, next => { text.textContent = estimate(next); }, () => {
        node.dataset.state = 'stalled';
        text.textContent = t('me_stalled');
    });
    return node;
}

function estimate({ estimate: about }) {
    const time = duration(about?.seconds ?? 1);

    return about === null || about.position < 1
           ? t('me_making', { time })
           : t('me_queued', { n: about.position, time });
}

/* Asks until it is made; not while nobody looks, and not for ever. */
function watch(one, view, update, stall) {
    let polls = 0, timer;
    let wait = Math.min(Math.max(one.estimate?.seconds ?? 1, 1), 15);

    const later = () => {
        timer = setTimeout(poll, wait * 1000);
    };
    const poll = async () => {
        if (document.hidden) {
            document.addEventListener('visibilitychange', poll,
                                      { once: true, signal: view.signal });
            return;
        }
        if (++polls > POLLS) {
            stall();
            return;
        }
        try {
            const { annotation } = await call(`annotations/${one.code}`);

            if (view.signal.aborted) {
                return;
            }
            if (annotation.state !== 'generating') {
                await view.renew(annotation);
                return;
            }
            update(annotation);
            wait = Math.min(Math.max(annotation.estimate?.seconds ?? 1,
                                     wait * 1.5), 30);
        } catch (error) {
            if (view.signal.aborted || leads(error)) {
                return;
            }
            wait = Math.min(Math.max(error.wait, wait * 2), 60);
        }
        later();
    };

    view.signal.addEventListener('abort', () => clearTimeout(timer));
    later();
}

/* --- Dialogs ------------------------------------------------------------- */

function dialog(name, title, ...nodes) {
    const node = h('dialog', {
        'aria-labelledby': `${name}-title`, 'data-dialog': name,
        onclose: () => node.remove(),
    }, h('h2', { id: `${name}-title` }, title), nodes);

    document.body.append(node);
    node.showModal();
    return node;
}

function withdraw(one, view) {
    const box = alertBox();
    const { quota } = view.answer;
    const sure = h('button', {
        type: 'button', class: 'button danger full', 'data-action': 'confirm',
        onclick: () => once(sure, async () => {
            const { annotation } = await call(
                `annotations/${one.code}/withdraw`, { form: {} });

            shown.close();
            await view.renew(annotation).catch(view.fail);
        }, error => alertShow(box, error.message)),
    }, t('me_withdraw'));
    const shown = dialog('withdraw', t('me_withdraw_title'),
        h('p', { class: 'mono' }, one.code),
        h('p', {}, t('me_withdraw_ends')),
        !one.original && h('p', {}, t(`me_withdraw_${quota.reading}`)),
        box,
        h('div', { class: 'actions' },
          button('cancel', 'me_cancel', 'button plain', () => shown.close()),
          sure));
}

/* For how long; what is longer than the copy is cut to it by the service. */
const TTLS = [[86400, 1], [604800, 7], [2592000, 30], [315360000, 0]];

function share(one, view) {
    const result = h('div', { class: 'shared', hidden: true });
    const choices = form('share', [
        choice('ttl', t('me_share_ttl'), TTLS.map(([ttl, n]) =>
            [ttl, n > 0 ? units(n, 'day') : t('me_share_whole')])),
        choice('right', t('me_share_right'), [
            ['view', t('me_view')], ['download', t('me_download')],
        ]),
    ], t('me_share_make'), async values => {
        const { url, expires } = await call(`annotations/${one.code}/link`,
                                            { form: values });

        result.replaceChildren(...link(url, expires));
        result.hidden = false;
        choices.hidden = true;
        result.querySelector('input').focus();
        result.querySelector('input').select();
        return true;
    });
    const shown = dialog('share', t('me_share'),
        h('p', { class: 'soft' }, t('me_share_lead')), choices, result,
        h('div', { class: 'actions' },
          button('close', 'me_close', 'button plain', () => shown.close())));
}

function link(url, expires) {
    const text = h('input', { type: 'text', readonly: true, value: url,
                              id: 'shared', class: 'mono' });
    const said = h('p', { class: 'hint', role: 'status' });
    const copied = h('button', {
        type: 'button', class: 'button', 'data-action': 'copy',
        onclick: async () => {
            text.select();
            const isDone = await navigator.clipboard?.writeText(url)
                .then(() => true, () => false) || document.execCommand('copy');

            said.textContent = isDone ? t('me_copied') : '';
        },
    }, t('me_copy_link'));

    return [
        h('div', { class: 'field' },
          h('label', { for: 'shared' }, t('me_shared')), text),
        h('p', { 'data-expires': expires },
          t('me_shared_until', { time: moment(expires) })),
        h('div', { class: 'actions' }, copied,
          navigator.share && button('send', 'me_send', 'button plain', () =>
              navigator.share({ url }).catch(() => {}))),
        said,
    ];
}

/* --- Originals ----------------------------------------------------------- */

/* Another one, where the one there is has failed or was withdrawn. */
function another(view, copies) {
    const { certificate } = view.answer;
    const isOver = copies.length > 0
                   && ['withdrawn', 'failed'].includes(copies[0].state);

    if (certificate.status !== 'valid'
        || !(isOver || copies.length === 0))
    {
        return null;
    }
    const again = h('button', {
        type: 'button', class: 'button', 'data-action': 'again',
        onclick: () => once(again, async () => {
            if (isOver) {
                await call(`${certificatePath(certificate.number)}/annotations`,
                           { form: {} });
            }
            await view.renew();
        }, view.fail),
    }, t(isOver ? 'me_original_again' : 'me_retry'));

    return h('div', { class: 'actions no-print' }, again);
}
