/*
 * Nodes.  What comes from a server or a file is only ever text of a node or
 * value of an attribute.
 */

import { t } from './lang.js';

/* h('a.button', { href: '#/login', onclick: f }, 'text', [node, null]) */
export function h(what, ...nodes) {
  const [name, ...classes] = what.split('.');
  const node = document.createElement(name);
  const attributes = nodes[0]?.constructor === Object ? nodes.shift() : {};
  const isThere = one => (one ?? false) !== false;

  node.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else if (isThere(value)) {
      node.setAttribute(key, value === true ? '' : value);
    }
  }
  node.append(...nodes.flat(Infinity).filter(isThere));
  return node;
}

export function badge(tone, text) {
  const icon = h('template');

  icon.innerHTML = `<svg aria-hidden="true"><use
        href="/site/icons/icons.svg#${tone}"></use></svg>`;
  return h('span.badge', { 'data-tone': tone }, icon.content, text);
}

/* "key" names both what it does and its words. */
export function button(key, onclick, look = '.button.plain') {
  return h(`button${look}`,
    { type: 'button', 'data-action': key, onclick }, t(key));
}

/* A dialog, which is gone when it is closed; the button for it comes first. */
export function dialog(title, nodes, ...buttons) {
  const node = h('dialog', {
    'aria-labelledby': 'dialog-title', onclose: () => node.remove(),
  }, h('h2', { id: 'dialog-title' }, t(title)), nodes,
    h('form.actions', { method: 'dialog' },
      h('button.button.plain', { 'data-action': 'close' }, t('close')),
    buttons));

  document.body.append(node);
  node.showModal();
  return node;
}
