/*
 * Times, and what the service says, as texts of the page's language.
 */

import { h } from '../dom.js';
import { lang, t } from '../lang.js';

/* Texts of a certificate are Chinese on an English page, too. */
export function chinese(text) {
  return text && lang !== 'zh' ? h('span', { lang: 'zh-CN' }, text) : text;
}

/* The text of an answer in the language of the page. */
export function said(answer, member) {
  return answer[lang === 'en' ? `${member}_en` : member] ?? answer[member];
}

export function title({ qualification, level }) {
  return chinese(level ? `${qualification}（${level}）` : qualification);
}

export function mono(text) {
  return h('span.mono', text);
}

export function card(heading, ...nodes) {
  return h('section.card', h('h2', t(heading)), nodes);
}

export function until(time) {
  return `${t('last_day')} ${day(time)}`;
}

/* Rows of a label and a value; those without one are left out. */
export function facts(...rows) {
  return h('dl.facts', rows.filter(([, value]) => value)
    .map(([label, value]) => [h('dt', label), h('dd', value)]));
}

/*
 * Times come with the offset of the authority's time zone, and are shown in it:
 * "2027-02-28T00:00:00+08:00" is midnight there wherever the reader is.
 */
export function day(time) {
  return time && new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone: 'UTC', dateStyle: 'long',
  }).format(new Date(time.slice(0, 10)));
}

export function moment(time) {
  const wall = time.slice(0, 19);
  const isHere = Date.parse(wall) === Date.parse(time);

  return `${day(time)} ${wall.slice(11, 16)}`
    + (isHere ? '' : ` (UTC${time.slice(19).replace('Z', '')})`);
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
