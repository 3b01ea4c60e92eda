/*
 * The check page: all of it works without this, but for files and the camera,
 * whose modules are loaded when they are needed.
 */

import { read, watch } from './code.js';

const one = selector => document.querySelector(selector);

const code = one('#code');
const scan = one('[data-scan]');
const drop = one('[data-drop]');

if (code) {
    /* What was asked and is to be corrected need not be typed again. */
    const asked = new URLSearchParams(location.search).get('code')
                  ?? location.pathname.match(/^\/check\/(.+)/)?.[1] ?? '';

    code.value ||= asked;
    watch(code);
}

async function canScan() {
    try {
        return navigator.mediaDevices?.getUserMedia
               && (await BarcodeDetector.getSupportedFormats())
                  .includes('qr_code')
               && (await navigator.mediaDevices.enumerateDevices())
                  .some(device => device.kind === 'videoinput');
    } catch {
        return false;
    }
}

if (scan && 'BarcodeDetector' in window && await canScan()) {
    scan.hidden = false;
    scan.addEventListener('click', async () => {
        (await import('./scan.js')).scan(scan, read);
    });
}

if (drop) {
    const files = list => import('./files.js')
        .then(module => module.check(list, one('[data-files]')));
    const input = drop.querySelector('input');

    input.addEventListener('change', () => {
        files([...input.files]);
        input.value = '';
    });

    for (const kind of ['dragenter', 'dragover']) {
        drop.addEventListener(kind, event => {
            event.preventDefault();
            drop.classList.add('over');
        });
    }

    for (const kind of ['dragleave', 'drop']) {
        drop.addEventListener(kind, () => drop.classList.remove('over'));
    }

    drop.addEventListener('drop', event => {
        event.preventDefault();
        files([...event.dataTransfer.files]);
    });

    /* A file that misses the field does not take the page's place. */
    for (const kind of ['dragover', 'drop']) {
        window.addEventListener(kind, event => event.preventDefault());
    }
}

one('[data-print]')?.addEventListener('click', () => print());
