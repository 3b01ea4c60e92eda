/*
 * The check page takes number, name and document number however they are typed,
 * as the check itself does: what people type goes through the fields of the
 * form and their limits.
 */

import fs from 'node:fs';

import { KINDS, close, done, is, ok, open, url } from './lib.mjs';

const { spelled, near } = JSON.parse(
    fs.readFileSync(process.env.BROWSER_SPELLINGS, 'utf8'));

const page = await open(KINDS[0]);

/* The heading of the answer. */
async function asked(form) {
    await page.goto(url);

    for (const [name, value] of Object.entries(form)) {
        await page.fill(`#${name}`, value);
    }

    await page.click('form[method=post] button');

    return page.locator('section.result h1').textContent();
}

ok(spelled.length >= 60, `${spelled.length} spellings`);
for (const { typed, form } of spelled) {
    is(await asked(form), page.words.valid, `found: ${typed}`);
}

ok(near.length >= 40, `${near.length} near misses`);
for (const { typed, form } of near) {
    const heading = await asked(form);
    ok(heading !== page.words.valid, `not found: ${typed}`, heading);
}

await close(page);
await done();
