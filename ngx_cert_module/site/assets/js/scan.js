/*
 * The camera, until it has seen the QR of a copy.  Of what the QR holds only
 * the code is taken, so no QR leads anywhere else than to a check here.
 */

import { dialog, h } from './dom.js';
import { load, t } from './lang.js';

const PAUSE_MS = 150;

async function look(box, video, says, read) {
  const detector = new BarcodeDetector({ formats: ['qr_code'] });

  while (box.open) {
    for (const { rawValue } of await detector.detect(video)) {
      const code = read(rawValue);

      if (code) {
        location.assign(`/check/${code}`);
        return;
      }
      says.textContent = t('scan_foreign');
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
}

export async function scan(read) {
  await load();

  const video = h('video', { playsinline: true, muted: true });
  const says = h('p.wrong', { role: 'status' });
  const box = dialog('scan', [h('p.soft', t('scan_hint')), video, says]);
  let stream;

  try {
    stream = await navigator.mediaDevices.getUserMedia(
      { video: { facingMode: 'environment' } });
    video.srcObject = stream;
    await video.play();
    await look(box, video, says, read);
  } catch {
    video.hidden = true;
    says.textContent = t('scan_denied');
  }
  stream?.getTracks().forEach(track => track.stop());
}
