/*
 * The check page.  It works without this, but for files and the camera.
 */

import { read, watch } from './code.js';
import { switches } from './lang.js';

const one = selector => document.querySelector(selector);

const code = one('#code');
const scan = one('[data-scan]');
const drop = one('[data-drop]');

switches();

one('[data-print]')?.addEventListener('click', () => print());

/* What does nothing without scripts is hidden by the page. */
document.querySelectorAll('[data-drop], [data-print]')
  .forEach(node => { node.hidden = false; });

if (code) {
  /* What was asked and is to be corrected need not be typed again. */
  code.value ||= new URLSearchParams(location.search).get('code')
    ?? location.pathname.match(/^\/check\/(.+)/)?.[1] ?? '';
  watch(code);
}

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

if (scan && 'BarcodeDetector' in window && await canScan()) {
  scan.hidden = false;
  scan.addEventListener('click', async () => {
    (await import('./scan.js')).scan(read);
  });
}

if (drop) {
  const input = drop.querySelector('input');
  const files = async list => {
    const chosen = [...list];

    (await import('./files.js')).check(chosen, one('[data-files]'));
  };

  input.addEventListener('change', () => {
    files(input.files);
    input.value = '';
  });
  drop.addEventListener('drop', event => files(event.dataTransfer.files));

  for (const kind of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    drop.addEventListener(kind, () => {
      drop.classList.toggle('over', /enter|over/.test(kind));
    });

    /* A file that misses the field does not take the page's place. */
    window.addEventListener(kind, event => event.preventDefault());
  }
}
