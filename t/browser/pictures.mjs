/*
 * The pictures of docs/, made by scripts/pictures: the check page, a result,
 * and the list of a holder who has a copy.
 */

import { act, done, open, samples, tmp, url, view, login } from './lib.mjs';

const kind = { name: 'README', lang: 'zh', isPhone: true, scheme: 'light' };
const page = await open(kind, { viewport: { width: 720, height: 800 } });

async function picture(name) {
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: `${tmp}/${name}.png`, fullPage: true });
}

await page.goto(url);
await picture('check');
await page.goto(`${url}/check/${samples.valid.code}`);
await picture('result');

await page.goto(`${url}/me/`);
await view(page, 'login');
await login(page, samples.account.username, samples.account.password);
await page.waitForSelector(
    'main:is([data-view=notice], [data-view=certificates]):not([aria-busy])');
if (await act(page, 'agree').count()) {
    await act(page, 'agree').click();
    await view(page, 'certificates');
}
if (await act(page, 'to-apply').count()) {
    await act(page, 'to-apply').click();
    await view(page, 'apply');
    await act(page, 'apply').click();
    await page.waitForSelector('li[data-state=ready]');
    await page.goto(`${url}/me/`);
    await view(page, 'certificates');
}
await picture('list');
await done();
