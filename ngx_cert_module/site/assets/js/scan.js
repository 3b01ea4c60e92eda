/*
 * The camera, until it has seen the QR of a copy.  Of what the QR holds only
 * the code is taken, so no QR leads anywhere else than to a check here.
 */

import { load, t } from './lang.js';

const PAUSE_MS = 150;

function dialog() {
    const box = document.createElement('dialog');

    box.className = 'scan';
    box.innerHTML = `<h2 id="scan-title"></h2><p class="soft"></p>
        <video playsinline muted></video>
        <p class="wrong" role="status"></p>
        <form method="dialog"><button class="button plain"></button></form>`;
    box.setAttribute('aria-labelledby', 'scan-title');
    box.querySelector('h2').textContent = t('check_scan_title');
    box.querySelector('.soft').textContent = t('check_scan_hint');
    box.querySelector('button').textContent = t('check_scan_close');
    document.body.append(box);

    return box;
}

async function look(box, video, read) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });

    while (box.open) {
        for (const { rawValue } of await detector.detect(video)) {
            const code = read(rawValue);

            if (code) {
                return code;
            }

            box.querySelector('.wrong').textContent = t('check_scan_foreign');
        }

        await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    }

    return '';
}

export async function scan(button, read) {
    await load();

    const box = dialog();
    const video = box.querySelector('video');
    let stream, code = '';

    box.addEventListener('close', () => {
        stream?.getTracks().forEach(track => track.stop());
        box.remove();
        button.focus();
    });
    box.showModal();

    try {
        stream = await navigator.mediaDevices.getUserMedia(
            { video: { facingMode: 'environment' } });

        if (!box.open) {
            stream.getTracks().forEach(track => track.stop());
            return;
        }

        video.srcObject = stream;
        await video.play();
        code = await look(box, video, read);
    } catch {
        video.hidden = true;
        box.querySelector('.wrong').textContent = t('check_scan_denied');
        return;
    }

    if (code) {
        box.close();
        location.assign(`/check/${code}`);
    }
}
