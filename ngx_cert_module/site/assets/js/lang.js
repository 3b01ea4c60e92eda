/*
 * The words of a page, in the language that the server chose for it.
 *
 * A language is one file, /site/lang/LANG.ssi: SSI that sets variables for the
 * pages that nginx puts together, then "key: text" for what only scripts say.
 * "{name}" in a text stands for a value.
 */

const WORD = /^(?:<!--#set var=")?(\w+)(?:" value="|: )(.*?)(?:"-->)?$/gm;

const html = document.documentElement;
let texts = new Map();

export let lang;

async function read(name) {
  const answer = await fetch(`/site/lang/${name}.ssi`);

  return new Map([...(await answer.text()).matchAll(WORD)]
      .map(([, key, text]) => [key, text]));
}

/* Loads them, if need be; t() works after that. */
export async function load() {
  if (!lang) {
    const name = html.lang.slice(0, 2);

    texts = await read(name);
    lang = name;
  }
}

export function t(key, values = {}) {
  return (texts.get(key) ?? key)
    .replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/*
 * The other language from now on.  Words are exchanged where they stand, so
 * what was typed or sent by a form stays, and is stored nowhere.
 */
async function translate(link) {
  const here = new URL(location);
  const next = link.hreflang;

  await load();

  const words = await read(next);
  const others = new Map([...texts].map(([key, text]) =>
      [text, words.get(key)]));
  const places = document.evaluate(
    '/html/@lang | //@aria-label | //*[@hreflang]/@* '
    + '| //*[not(@lang) or @hreflang]/text()',
    document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);

  for (let i = 0; i < places.snapshotLength; i++) {
    const place = places.snapshotItem(i);

    place.nodeValue = place.nodeValue.split(' · ')
      .map(one => others.get(one) ?? one).join(' · ');
  }

  for (const place of document.querySelectorAll('[data-zh]')) {
    place.textContent = place.dataset[next];
  }

  lang = next;
  texts = words;
  link.search = `lang=${link.hreflang}`;
  document.cookie = `lang=${next}; path=/; max-age=31536000; samesite=lax`;
  here.searchParams.delete('lang');
  history.replaceState(history.state, '', here);
}

/* Lets the switch do so without a new page; "shown" does what is left. */
export function switches(shown = () => {}) {
  const link = document.querySelector('a[hreflang]');

  link?.addEventListener('click', event => {
    event.preventDefault();
    translate(link).then(shown, () => location.assign(link.href));
  });
}
