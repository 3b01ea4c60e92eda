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

/* Loads them; t() works after that. */
export async function load() {
    const answer = await fetch(`/site/lang/${lang}.ssi`);

    for (const [, key, text] of (await answer.text())
         .matchAll(/<!--# set var="(\w+)" value="([^"]*)" -->/g))
    {
        texts.set(key, text);
    }
}

export function t(key, values = {}) {
    return (texts.get(key) ?? key)
        .replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/* The other language, from the next page on. */
export function choose(next) {
    document.cookie = `lang=${next}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
}
