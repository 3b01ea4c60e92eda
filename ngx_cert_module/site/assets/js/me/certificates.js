/*
 * The list of certificates, one of them, and the application for a copy.
 */

import { t } from '../lang.js';
import { call, certificatePath, state, swap } from './api.js';
import { badge, chinese, day, facts, h, said, title, units } from './dom.js';
import { choice, form } from './form.js';
import { STATUS_TONES, card, copyBadge, scene } from './copies.js';

function statusBadge(certificate) {
    return badge(STATUS_TONES[certificate.status] ?? 'none',
                 said(certificate, 'status_text'));
}

function link(number, rest = '') {
    return `#/certificates/${encodeURIComponent(number)}${rest}`;
}

/* --- List ---------------------------------------------------------------- */

export async function list() {
    const { certificates, reason } = await call('certificates');

    state.isIn = true;
    return {
        name: 'certificates', title: t('me_certificates'), nodes:
            certificates.length === 0
            ? [h('div', { class: 'card', 'data-state': 'empty',
                          'data-reason': reason.code },
                 h('h2', {}, t(`me_empty_${reason.code}`)),
                 h('p', {}, said(reason, 'detail')))]
            : [h('p', { class: 'lead' },
                 t('me_count', { n: certificates.length })),
               h('ul', { class: 'cards' }, certificates.map(item))],
    };
}

function item(one) {
    const { annotation, number } = one;
    const isNew = mayApply(one) && annotation.state !== 'ready'
                  && annotation.state !== 'generating';

    return h('li', { class: 'card', 'data-number': number,
                     'data-status': one.status },
             h('div', { class: 'row-head' },
               h('h2', {}, title(one)), statusBadge(one)),
             facts([[t('me_number'), h('span', { class: 'mono' }, number)],
                    [t('me_specialty'),
                     one.specialty && chinese(one.specialty)],
                    [t(one.needs_annotation ? 'me_copy' : 'me_original'),
                     (one.needs_annotation || annotation.state !== 'none') && [
                         copyBadge(annotation, one.status),
                         annotation.state === 'ready' && annotation.last_day
                         && h('span', { class: 'soft until' }, t('me_until', {
                             day: day(annotation.last_day) }))]]]),
             h('div', { class: 'actions' },
               isNew && h('a', { class: 'button', href: link(number, '/apply'),
                                 'data-action': 'to-apply' }, t('me_apply')),
               h('a', { class: isNew ? 'button plain' : 'button',
                        href: link(number), 'data-action': 'open',
                        'aria-label': `${t(opens(one))} ${number}` },
                 t(opens(one)))));
}

/* What there is to see. */
function opens({ annotation, needs_annotation: needs, status: key }) {
    return annotation.state === 'ready' || (!needs && key === 'valid')
           ? 'me_open_copy' : 'me_details';
}

function mayApply(certificate) {
    return certificate.status === 'valid' && certificate.needs_annotation;
}

/* --- One certificate ----------------------------------------------------- */

export async function details(number, signal) {
    const answer = await call(certificatePath(number));
    const { certificate } = answer;

    state.isIn = true;
    return {
        name: 'certificate', title: title(certificate), up: '#/certificates',
        nodes: [
            h('p', { class: 'row-head' },
              h('span', { class: 'mono' }, number), statusBadge(certificate)),
            status(certificate),
            card(answer, signal, footer),
            h('section', { class: 'card', 'data-part': 'facts' },
              h('h2', {}, t('me_details')), person(certificate),
              h('p', { class: 'soft' }, t(
                  mayApply(certificate) ? 'me_hint' : 'me_correct_lead'))),
        ],
    };
}

/* Why there are no copies of it any more. */
function status({ status: key, replaced_by: next }) {
    return key !== 'valid' && h('div', { class: 'note', 'data-state': key },
        h('p', {}, t(`me_status_${key}`)),
        next && h('p', {}, h('a', { href: link(next) },
                             t('me_replaced_by', { number: next }))));
}

function person(certificate) {
    const cn = key => certificate[key] && chinese(certificate[key]);
    const sex = { '\u7537': t('me_male'), '\u5973': t('me_female') };

    return facts([
        [t('me_number'), h('span', { class: 'mono' }, certificate.number)],
        [t('me_name'), cn('name')],
        [t('me_id_type'), t(`me_id_${certificate.id_type}`)],
        [t('me_id_number'), certificate.id_number],
        [t('me_sex'), sex[certificate.sex] ?? certificate.sex],
        [t('me_birth'), certificate.birth_date && day(certificate.birth_date)],
        [t('me_qualification'), cn('qualification')],
        [t('me_specialty'), cn('specialty')],
        [t('me_level'), cn('level')],
        [t('me_approved'), certificate.approved && day(certificate.approved)],
        [t('me_issuer'), cn('issuer')],
    ]);
}

/* Under the copies: how many more there may be. */
function footer({ certificate, quota }) {
    return mayApply(certificate) && [
        left(quota),
        quota.left > 0 && h('div', { class: 'actions no-print' },
            h('a', { class: 'button', href: link(certificate.number, '/apply'),
                     'data-action': 'to-apply' }, t('me_apply'))),
    ];
}

function left(quota) {
    const { limit, days, used } = quota;

    return h('div', { class: 'quota', 'data-left': quota.left },
             h('p', {},
               h('span', { class: 'slots', 'aria-hidden': 'true' },
                 limit <= 10 && [...Array(limit).keys()].map(n =>
                     h('span', { class: n < used ? 'used' : '' }))),
               h('strong', {}, t('me_quota_left', { used, left: quota.left }))),
             quota.left === 0 && quota.next_slot !== null
             && h('p', { 'data-next': quota.next_slot },
                  t('me_quota_next', { day: day(quota.next_slot) })),
             h('p', { class: 'soft small' },
               t(`me_quota_${quota.reading}`, { limit, days }), ' ',
               said(quota, 'note')));
}

/* --- Application --------------------------------------------------------- */

export async function apply(number) {
    const answer = await call(certificatePath(number));
    const { certificate, quota } = answer;
    const view = { name: 'apply', title: t('me_apply'), up: link(number) };

    state.isIn = true;
    if (!mayApply(certificate)) {
        swap(link(number));
        return null;
    }

    const waiting = state.drafts.get(`apply ${number}`)?.sent;

    return { ...view, nodes: [
        h('section', { class: 'card', 'data-part': 'facts' },
          h('h2', {}, t('me_apply_check')), person(certificate),
          h('p', { class: 'note' }, t('me_hint'))),
        h('section', { class: 'card', 'data-part': 'apply' },
          h('h2', {}, t('me_apply_choose')),
          left(quota),
          (quota.left > 0 || waiting) && application(answer)),
    ] };
}

/*
 * A key belongs to one application until it is known what became of it; what
 * was sent with it cannot be changed meanwhile, since the store might have it.
 */
function application(answer) {
    const { certificate: { number }, scenes, validity_days: longest } = answer;
    const name = `apply ${number}`;
    const kept = state.drafts.get(name) ?? {};
    const days = [longest, 60, 30, 7].filter((n, i) => i === 0 || n < longest);
    const isOther = kept.days === 'other';
    const other = h('input', {
        type: 'number', id: 'other', name: 'other', min: 1, max: longest,
        inputmode: 'numeric', value: kept.other ?? '',
        'aria-label': t('me_days_other_label', { n: longest }),
    });
    const more = h('div', { class: 'other', hidden: !isOther }, other,
                   h('span', { class: 'hint' },
                     t('me_days_other_label', { n: longest })));
    const fields = h('fieldset', { class: 'plain' },
        choice('scene', t('me_scene'),
               scenes.map(({ key, label }) => [key, scene(key, label)]),
               kept.scene),
        choice('days', t('me_days'), [
            ...days.map((n, i) => [n, units(n, 'day'),
                                   i === 0 && t('me_days_best')]),
            ['other', t('me_days_other')],
        ], kept.days, more));

    state.drafts.set(name, kept);
    fields.addEventListener('change', () => {
        more.hidden = fields.querySelector('[name=days]:checked').value
                      !== 'other';
        if (!more.hidden) {
            other.focus();
        }
    });

    const node = form('apply', fields, t('me_apply_submit'), async values => {
        kept.sent ??= {
            key: random(), scene: values.scene,
            days: values.days === 'other' ? values.other : values.days,
        };
        fields.disabled = true;
        try {
            const { key, ...sent } = kept.sent;

            await call(`${certificatePath(number)}/annotations`,
                       { form: sent, key });
        } catch (error) {
            kept.isOpen ||= error.isOpen;
            if (!kept.isOpen || (error.status > 403 && error.status < 429)) {
                delete kept.sent;
                delete kept.isOpen;
                fields.disabled = false;
            }
            if (error.type === 'quota') {
                state.flash = error.message;
                swap(link(number));
                return;
            }
            throw error;
        }
        state.drafts.delete(name);
        state.flash = t('me_applied');
        swap(link(number));
    }, { draft: kept, under: h('p', { class: 'soft small' },
                               t('me_apply_notice')) });

    if (kept.sent !== undefined) {
        fields.disabled = true;
        node.prepend(h('p', { class: 'note', 'data-state': 'open' },
                       t('me_apply_open')));
    }
    return node;
}

function random() {
    return [...crypto.getRandomValues(new Uint8Array(16))]
        .map(one => one.toString(16).padStart(2, '0')).join('');
}
