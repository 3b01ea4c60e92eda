/*
 * A code as people type or paste it: any case and width, O for 0, I and L for 1,
 * anything between the symbols and behind them.  cert_fold_code() on the server
 * does the same; whether the last symbol fits the others is for it to say.
 */

const TWINS = { O: '0', I: '1', L: '1' };
const LAST = /^(?:[^0-9A-Z]*[0-9A-Z]){16}(?![\s\p{Cf}\p{Pd}]*[0-9A-Z])/iu;

/* The symbols alone. */
function fold(text) {
  return text.normalize('NFKD').replace(/[^0-9A-Z]/gi, '').toUpperCase()
    .replace(/[OIL]/g, letter => TWINS[letter]);
}

/* The symbols of a code, or of the last part of a link; empty: there is none. */
export function read(text) {
  const last = text.normalize('NFKD').replace(/[?#].*/s, '').split('/')
    .filter(fold).at(-1);
  const symbols = fold(last?.match(LAST)?.[0] ?? '');

  return symbols.includes('U') ? '' : symbols;
}

/* Folds and groups while one types; the caret stays behind its symbol. */
function tidy(input) {
  const { value } = input;
  const before = fold(value.slice(0, input.selectionStart)).length;
  const symbols = read(value)
    || (value.includes('/') ? '' : fold(value).slice(0, 16));
  const text = symbols.replace(/.{4}(?=.)/g, '$&-');

  if (text !== value) {
    const caret = before < symbols.length
      ? before + Math.floor(Math.max(before - 1, 0) / 4) : text.length;

    input.value = text;
    input.setSelectionRange(caret, caret);
  }
}

export function watch(input) {
  input.addEventListener('input', event => event.isComposing || tidy(input));
  input.addEventListener('compositionend', () => tidy(input));

  /* What the browser kept of an earlier visit. */
  tidy(input);
}
