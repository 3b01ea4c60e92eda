/*
 * A code as people type it: any case, O for 0, I and L for 1, hyphens and
 * spaces anywhere, characters of full width.  Whether its last symbol fits the
 * others is for the server to say.
 */

const LENGTH = 16;
const TWINS = { O: '0', I: '1', L: '1' };

/* The symbols alone, at most "length" of them. */
function fold(text, length = LENGTH) {
  return text.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '')
    .replace(/[OIL]/g, letter => TWINS[letter]).slice(0, length);
}

/*
 * The symbols of the code in what a QR holds: a link, of which the last part
 * counts, or the code itself.  Empty if there is none.
 */
export function read(text) {
  const last = text.trim().replace(/[?#].*$/s, '').split('/').at(-1);
  const symbols = fold(last, LENGTH + 1);

  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(symbols) ? symbols : '';
}

/* Folds and groups while one types; the caret stays behind its symbol. */
function tidy(input) {
  const { value } = input;
  const before = fold(value.slice(0, input.selectionStart)).length;
  const symbols = value.includes('/') ? read(value) : fold(value);
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
