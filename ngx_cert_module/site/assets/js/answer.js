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

  /* A link to a part of the page: nothing else is to be shown. */
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

/* The page of an answer: its main part, or all that nginx itself says. */
function mainOf(page) {
  const main = page.querySelector('main') ?? page.createElement('main');

  if (!main.parentNode) {
    main.append(...page.body.childNodes);
  }
  return document.adoptNode(main);
}

function answer(typed, text, begin) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  const main = mainOf(page);
  const head = main.querySelector('h1') ?? main;

  head.tabIndex = -1;
  for (const [name, value] of typed) {
    const field = main.querySelector(`form [name=${name}]`);

    if (field) {
      field.value = value;
    }
  }

  /* "Try again" leads back to the form that was filled in. */
  main.querySelector('a[href=""]')?.addEventListener('click', event => {
    event.preventDefault();
    history.back();
  });

  begin(main);
  show(at + 1, main, page.title);
  history.pushState({ shown: at }, '', '/check');
  head.focus();
  scrollTo(0, 0);
}

/* Only what was not answered is sent again, by the browser, which says why. */
async function send(form, begin) {
  const typed = new URLSearchParams(new FormData(form));
  let text;

  try {
    const response = await fetch(form.action, { method: 'POST', body: typed,
      headers: { Accept: 'text/html' } });

    text = await response.text();
  } catch {
    form.submit();
    return;
  }
  answer(typed, text, begin);
}

export function answers(form, begin) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    if (form.hasAttribute('aria-busy')) {
      return;
    }

    form.setAttribute('aria-busy', 'true');
    try {
      await send(form, begin);
    } finally {
      form.removeAttribute('aria-busy');
    }
  });
}
