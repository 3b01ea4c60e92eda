/*
 * The form of a certificate, answered in this document: what was typed stands
 * in its fields again, to be corrected, and is kept nowhere but here.
 */

/* What the page showed, in the order of its history. */
const shown = [];
let at = history.state?.shown ?? 0;

function show(number, main, title) {
  const { lang } = document.documentElement;

  shown[at] = { main: document.querySelector('main'), title: document.title,
    lang };
  at = number;
  shown[at] = { main, title, lang };
  document.querySelector('main').replaceWith(main);
  document.title = title;
}

addEventListener('popstate', ({ state }) => {
  const next = state?.shown ?? 0;

  /* A part of the page that is shown. */
  if (next === at) {
    return;
  }

  const { main, title, lang } = shown[next] ?? {};

  if (lang === document.documentElement.lang) {
    show(next, main, title);
  } else {
    location.reload();
  }
});

async function answer(form, begin) {
  const typed = new URLSearchParams(new FormData(form));
  const page = new DOMParser().parseFromString(await (await fetch(form.action,
    { method: 'POST', body: typed, headers: { Accept: 'text/html' } })).text(),
  'text/html');
  const main = document.adoptNode(page.querySelector('main'));
  const head = main.querySelector('h1');

  head.tabIndex = -1;
  for (const [name, text] of typed) {
    const field = main.querySelector(`form [name=${name}]`);

    if (field) {
      field.value = text;
    }
  }

  /* "Try again" leads back to the form that was filled in. */
  main.querySelector('a[href=""]')?.addEventListener('click', event => {
    event.preventDefault();
    history.back();
  });

  begin(main);
  show(at + 1, main, page.title);
  history.pushState({ shown: at }, '', form.action);
  head.focus();
  scrollTo(0, 0);
}

/* Whatever goes wrong, the browser sends the form as it would without this. */
export function answers(form, begin) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (form.hasAttribute('aria-busy')) {
      return;
    }

    form.setAttribute('aria-busy', 'true');
    try {
      await answer(form, begin);
    } catch {
      form.submit();
    }
    form.removeAttribute('aria-busy');
  });
}
