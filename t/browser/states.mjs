/*
 * The holder's pages of a certificate and of a copy in each state.
 */

import { KINDS, act, audit, close, done, go, is, isIn, join, ok, open, part,
         samples, secret, view } from './lib.mjs';

/* State of the sample => status of the certificate, state of its copy. */
const STATES = {
    expired:    ['valid', 'expired'],
    generating: ['valid', 'generating'],
    withdrawn:  ['valid', 'withdrawn'],
    revoked:    ['revoked', 'ended'],
    suspended:  ['suspended', 'ended'],
    replaced:   ['replaced', 'ended'],
    original:   ['valid', 'ready'],
};

const PASSWORD = 'a long enough one';
const stamp = Date.now().toString(36);

secret(PASSWORD);

async function shows(page, state) {
    const { kind, words } = page;
    const { number, code, ...who } = samples[state];
    const [status, copy] = STATES[state];

    await join(page, { ...who, username: `${state}.${stamp}`,
                       password: PASSWORD });
    is(await page.getAttribute(`li[data-number="${number}"]`, 'data-status'),
       status, `${kind.name}: ${state}: status`);
    await audit(page, `${state}, in the list`);

    await go(page, `#/certificates/${number}`, 'certificate');

    const row = page.locator(`li[data-code="${code}"]`);

    is(await row.getAttribute('data-state'), copy,
       `${kind.name}: ${state}: its copy`);
    ok(isIn(kind.lang, await row.locator('.badge').textContent()),
       `${kind.name}: ${state}: in words of the page`);
    await audit(page, state);

    if (status !== 'valid') {
        is(await page.textContent(`.note[data-state=${status}] p`),
           `${words[`${status}_means`]} ${words.status_ask}`, `${kind.name}: ${state}: and why`);
        await page.evaluate(n => {
            location.hash = `#/certificates/${n}/apply`;
        }, number);
        await page.waitForURL(/#\/certificates\/\d+$/);
        await view(page, 'certificate');
        is(await page.locator('[data-action=to-apply]').count(), 0,
           `${kind.name}: ${state}: no copy can be applied for`);
    }
    await act(page, 'logout').click();
    await view(page, 'login');
}

for (const [i, state] of Object.keys(STATES).entries()) {
    const page = await open(KINDS[i % KINDS.length]);

    await part(state, page, () => shows(page, state));
    await close(page);
}

await done();
