/*
 * The words of a page, in the language that the server chose for it.
 *
 * A language is one file, /site/lang/LANG.ssi: lines of SSI that set variables
 * for the pages that nginx puts together, read here for those that a script
 * does.  "{name}" in a text stands for a value.
 */

export const lang = document.documentElement.lang.startsWith('zh') ? 'zh'
                                                                    : 'en';

const texts = new Map();
let loading;

async function fetchTexts() {
    const answer = await fetch(`/site/lang/${lang}.ssi`);

    for (const [, key, text] of (await answer.text())
         .matchAll(/<!--# set var="(\w+)" value="([^"]*)" -->/g))
    {
        texts.set(key, text);
    }
}

/* Loads them, once; t() works after that. */
export function load() {
    loading ??= fetchTexts();
    return loading;
}

export function t(key, values = {}) {
    return (texts.get(key) ?? key)
        .replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/* The other language, from now on; what the address asked for gives way. */
export function choose(next) {
    const here = new URL(location.href);

    document.cookie = `lang=${next}; path=/; max-age=31536000; samesite=lax`;

    if (here.searchParams.has('lang')) {
        here.searchParams.delete('lang');
        location.replace(here);
        return;
    }

    location.reload();
}
