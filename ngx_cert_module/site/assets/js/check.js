/*
 * The check page.  It works without this, but for files and the camera.
 */

import { answers } from './answer.js';
import { read, watch } from './code.js';
import { load, switches } from './lang.js';

async function canScan() {
  const { mediaDevices } = navigator;

  try {
    return (await BarcodeDetector.getSupportedFormats())
      .includes('qr_code')
      && (await mediaDevices.enumerateDevices())
      .some(({ kind }) => kind === 'videoinput');
  } catch {
    return false;
  }
}

async function scans(button) {
  if ('BarcodeDetector' in window && await canScan()) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      (await import('./scan.js')).scan(read);
    });
  }
}

function drops(field, place) {
  const input = field.querySelector('input');

  /* At once: a file may be chosen when the connection is gone. */
  const fetched = () => Promise.all([import('./files.js'), load()]);
  const ready = fetched();
  const files = async list => {
    const chosen = [...list];
    const [{ check }] = await ready.catch(fetched);

    check(chosen, place);
  };

  ready.catch(() => {});

  input.addEventListener('change', () => {
    files(input.files);
    input.value = '';
  });
  field.addEventListener('drop', event => files(event.dataTransfer.files));

  for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    field.addEventListener(kind, () => {
      field.classList.toggle('over', /enter|over/.test(kind));
    });
  }
}

/* What a page shows, this one and each that is shown in its place. */
function begin(main) {
  const one = selector => main.querySelector(selector);
  const code = one('#code');
  const match = one('form[action="/check"][method=post]');

  one('[data-print]')?.addEventListener('click', () => print());

  /* What does nothing without scripts is hidden by the page. */
  main.querySelectorAll('[data-drop], [data-print]')
    .forEach(node => { node.hidden = false; });

  if (code) {
    watch(code);
    scans(one('[data-scan]'));
    drops(one('[data-drop]'), one('[data-files]'));
    answers(match, begin);
  }
}

/* A file that misses the field does not take the page's place. */
for (const kind of ['dragover', 'drop']) {
  addEventListener(kind, event => event.preventDefault());
}

const code = document.querySelector('#code');

if (code) {
  /* What was asked and is to be corrected need not be typed again. */
  code.value ||= new URLSearchParams(location.search).get('code')
    ?? location.pathname.match(/^\/check\/(.+)/)?.[1] ?? '';
}

begin(document.querySelector('main'));
switches();
