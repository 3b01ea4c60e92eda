/*
 * Nodes and texts.  What comes from the server is only ever text of a node or
 * value of an attribute.
 */

import { lang, t } from '../lang.js';

const SVG = 'http://www.w3.org/2000/svg';

/* h('a', { class: 'button', href: '#/login', onclick: f }, 'text', node) */
export function h(name, attributes = {}, ...nodes) {
    const node = document.createElement(name);

    for (const [key, value] of Object.entries(attributes)) {
        if (value === false || value === null || value === undefined) {
            continue;
        }
        if (key.startsWith('on')) {
            node.addEventListener(key.slice(2), value);
        } else {
            node.setAttribute(key, value === true ? '' : value);
        }
    }
    node.append(...nodes.flat().filter(one => one !== null
                                              && one !== undefined
                                              && one !== false));
    return node;
}

export function icon(name) {
    const svg = document.createElementNS(SVG, 'svg');
    const use = document.createElementNS(SVG, 'use');

    use.setAttribute('href', `/site/icons/icons.svg#${name}`);
    svg.setAttribute('aria-hidden', 'true');
    svg.append(use);
    return svg;
}

export function badge(tone, text) {
    return h('span', { class: 'badge', 'data-tone': tone }, icon(tone), text);
}

/* Texts of a certificate are Chinese on an English page, too. */
export function chinese(text) {
    return lang === 'zh' ? text : h('span', { lang: 'zh-CN' }, text);
}

/* The text of an answer in the language of the page. */
export function said(answer, member) {
    return answer[lang === 'en' ? `${member}_en` : member] ?? answer[member];
}

export function facts(rows) {
    return h('dl', { class: 'facts' }, rows.filter(([, value]) => value)
        .map(([label, value, attributes]) => h('div', attributes,
            h('dt', {}, label), h('dd', {}, value))));
}

export function title(certificate) {
    const { qualification, level } = certificate;

    return chinese(level ? `${qualification}（${level}）` : qualification);
}

/* --- Times --------------------------------------------------------------- */

/*
 * Times come with the offset of the authority's time zone, and are shown in it:
 * "2027-02-28T00:00:00+08:00" is midnight there wherever the reader is.
 */
export function day(time) {
    const [y, m, d] = time.slice(0, 10).split('-').map(Number);

    return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', {
        timeZone: 'UTC', dateStyle: lang === 'zh' ? 'long' : 'medium',
    }).format(Date.UTC(y, m - 1, d));
}

export function moment(time) {
    const offset = time.slice(19);
    const here = -new Date(time).getTimezoneOffset();
    const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset)
                                     ?? ['', '+', '0', '0'];
    const there = (sign === '-' ? -1 : 1) * (hours * 60 + Number(minutes));

    return `${day(time)} ${time.slice(11, 16)}`
           + (here === there ? '' : ` (UTC${offset === 'Z' ? '' : offset})`);
}

/* A number of days, hours: the browser knows how. */
export function units(n, unit) {
    return new Intl.NumberFormat(lang, {
        style: 'unit', unit, unitDisplay: lang === 'zh' ? 'short' : 'long',
    }).format(n);
}

export function duration(seconds) {
    return seconds < 90 ? units(Math.max(1, Math.ceil(seconds)), 'second')
           : seconds < 5400 ? units(Math.ceil(seconds / 60), 'minute')
           : units(Math.ceil(seconds / 3600), 'hour');
}

/* --- Messages ------------------------------------------------------------ */

/* Read out by a screen reader, once. */
export function announce(text) {
    const live = document.getElementById('live');

    live.textContent = '';
    setTimeout(() => { live.textContent = text; }, 100);
}

export function alertBox() {
    return h('p', { class: 'note bad', role: 'alert', 'data-state': 'error',
                    hidden: true });
}

export function alertShow(box, text) {
    box.hidden = text === '';
    box.textContent = text;
}
