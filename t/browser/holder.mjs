/*
 * A holder's way: registration, notice, list, application, copy, link to share,
 * withdrawal, until no application is left; and what the page says when
 * something is wrong.
 */

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

import { KINDS, act, audit, close, done, go, has, is, isIn, login, ok, open,
         part, people, press, samples, secret, sha256, tmp, url, view, words }
    from './lib.mjs';

const PASSWORD = 'a long enough one';
const stamp = Date.now().toString(36);

secret(PASSWORD);

const flash = page => page.locator('.note.flash').textContent();
const copies = (page, state) => page.locator(`li[data-state=${state}]`);

/* What is wrong is said in the language of the page, next to its field. */
async function wrong(page, what, field) {
    const { kind } = page;
    const place = field
        ? page.locator(`[data-field=${field}] .wrong:not(:empty)`)
        : page.locator('[role=alert]:not(:empty)');

    await place.waitFor();
    ok(isIn(kind.lang, await place.textContent()), `${kind.name}: ${what}`,
       await place.textContent());
}

/* Before the first script has come there is a page, and it says so. */
async function slow(page) {
    const { kind } = page;
    const script = '**/me/app.js';
    let come;
    const held = new Promise(resolve => { come = resolve; });

    await page.route(script, route => held.then(() => route.continue()));
    await page.goto(`${url}/me/`, { waitUntil: 'commit' });
    await page.locator('main .loading').waitFor();
    is(await page.locator('main .loading').innerText(), page.words.loading,
       `${kind.name}: it is loading`);
    ok(await page.locator('nav [aria-current]').isVisible(),
       `${kind.name}: inside of its frame`);
    come();
    await view(page, 'login');
    await page.unroute(script);
}

async function loginWrong(page) {
    const { kind } = page;

    await page.goto(`${url}/me/`);
    await view(page, 'login');
    await audit(page, 'login');

    await act(page, 'login').click();
    await wrong(page, 'nothing typed', 'username');
    await login(page, `nobody-${page.holder.username}`, 'wrong password');
    await wrong(page, 'a wrong password');
    await audit(page, 'a wrong password');
    ok((await page.inputValue('#username')).startsWith('nobody'),
       `${kind.name}: what was typed is there`);
}

async function register(page) {
    const { kind, holder } = page;

    await act(page, 'to-register').click();
    await view(page, 'register');
    await audit(page, 'registration');

    await page.selectOption('#id_type', 'cn');
    await page.fill('#id_number', '123');
    await page.fill('#name', holder.name);
    await page.fill('#username', holder.username);
    await page.fill('#password', PASSWORD);
    for (const next of [kind.lang === 'zh' ? 'en' : 'zh', kind.lang]) {
        await page.click('header a[hreflang]');
        await page.getByText(words[next].register_lead).waitFor();
    }
    is(await page.locator('main :is(input, select)').evaluateAll(all =>
        all.map(one => one.value).join()),
       ['cn', '123', holder.name, holder.username, PASSWORD].join(),
       `${kind.name}: the other language and back: nothing typed is lost`);
    await act(page, 'reveal').click();
    is(await page.getAttribute('#password', 'type'), 'text',
       `${kind.name}: the password can be seen`);
    await act(page, 'register').click();
    await wrong(page, 'a document number that is none', 'id_number');
    is(await page.inputValue('#name'), holder.name,
       `${kind.name}: and the rest is there`);

    await page.fill('#id_number', holder.id_number);
    await press(page, 'register', 'notice');
    await audit(page, 'the notice');
}

async function notice(page) {
    const { kind, holder } = page;

    await page.evaluate(() => { location.hash = '#/certificates'; });
    await view(page, 'notice');
    ok(await act(page, 'agree').isVisible(), `${kind.name}: no way round it`);

    await act(page, 'refuse').click();
    await view(page, 'login');
    is(await flash(page), page.words.refused, `${kind.name}: refused`);

    await login(page, holder.username, PASSWORD, 'notice');
    await act(page, 'agree').click();
    await view(page, 'certificates');
}

async function list(page) {
    const { kind, holder } = page;
    const items = page.locator('li[data-number][data-status=valid]');

    is(await items.count(), 1, `${kind.name}: the certificate`);
    await audit(page, 'the list');
    holder.number = await items.getAttribute('data-number');

    await act(page, 'open').click();
    await view(page, 'certificate');
    has(await page.locator('.card').last().innerText(), holder.name,
        `${kind.name}: the whole name, for the holder`);
    ok(!(await page.content()).includes(holder.id_number),
       `${kind.name}: but not the document number`);
    await audit(page, 'a certificate');
}

async function quota(page, left, what) {
    is(await page.locator('.quota').getAttribute('data-left'), String(left),
       `${page.kind.name}: ${what}: ${left} left`);
}

/* Another tab logs out; what was begun here goes on after login. */
async function ended(page) {
    const { kind, holder } = page;

    await act(page, 'to-apply').click();
    await view(page, 'apply');
    ok(await page.isChecked('input[name=days][value="90"]'),
       `${kind.name}: 90 days at first`);
    await quota(page, 3, 'at first');
    await audit(page, 'the application');

    await page.check('input[name=days][value=other]');
    await page.fill('#other', '0');
    await act(page, 'apply').click();
    await wrong(page, 'no days', 'days');
    await page.check('input[name=days][value="30"]');

    const other = await page.context().newPage();

    await other.goto(`${url}/me/#/data`);
    await view(other, 'data');
    await act(other, 'logout').click();
    await view(other, 'login');
    is(await flash(other), page.words.logged_out, `${kind.name}: logged out`);
    await other.close();

    await act(page, 'apply').click();
    await view(page, 'login');
    is(await flash(page), page.words.session_ended,
       `${kind.name}: the session has ended`);
    await login(page, holder.username, PASSWORD, 'apply');
    ok(await page.isChecked('input[name=days][value="30"]'),
       `${kind.name}: and goes on where one was`);
}

/* Shown as waiting for once, since a copy may be there sooner than the page. */
async function apply(page) {
    const { kind, holder } = page;
    const path = `${url}/holder/certificates/${holder.number}`;
    let posts = 0;

    page.on('request', request => { posts += request.method() === 'POST'; });
    await page.route(path, async route => {
        const response = await route.fetch();
        const json = await response.json();

        Object.assign(json.annotations[0], {
            state: 'generating', state_text: page.words.generating,
            state_text_en: page.words.generating,
            estimate: { position: 2, seconds: 2 },
        });
        await route.fulfill({ response, json });
    }, { times: 1 });

    await page.check('input[name=days][value="90"]');
    await act(page, 'apply').dblclick();
    await view(page, 'certificate');
    is(await flash(page), page.words.applied, `${kind.name}: applied`);
    is(await copies(page, 'generating').locator('.badge').textContent(),
       page.words.generating, `${kind.name}: is being made`);

    await copies(page, 'ready').waitFor();
    is(await page.locator('li[data-code]').count(), 1,
       `${kind.name}: ready by itself, one by two clicks`);
    is(posts, 1, `${kind.name}: which was sent once`);
    await quota(page, 2, 'then');
    await audit(page, 'a copy');
    holder.code = await page.locator('li[data-code]').getAttribute('data-code');
}

async function getFile(page) {
    const { kind, holder } = page;

    await page.waitForSelector('[data-action=view][href^="/view/"]');

    const { request } = page.context();
    const shown = await request.get(
        url + await act(page, 'view').getAttribute('href'));
    const [tab, answer] = await Promise.all([
        page.context().waitForEvent('page'),
        page.context().waitForEvent('response', one =>
            one.url().startsWith(`${url}/view/`)),
        act(page, 'view').click(),
    ]);

    is(`${answer.status()} ${answer.headers()['content-type']}`,
       '200 application/pdf', `${kind.name}: is shown in a tab of its own`);
    await tab.close();

    const [saved] = await Promise.all([page.waitForEvent('download'),
                                       act(page, 'download').click()]);
    const file = `${tmp}/${kind.name.replace(' ', '-')}.pdf`;

    await saved.saveAs(file);

    const bytes = fs.readFileSync(file);

    is(bytes.subarray(0, 5).toString(), '%PDF-', `${kind.name}: a PDF`);
    is(sha256(await shown.body()), sha256(bytes),
       `${kind.name}: seen and downloaded are the same`);

    const check = await request.get(`${url}/check?sha256=${sha256(bytes)}`);

    is((await check.json()).annotation.code, holder.code, `${kind.name}: of this copy`);

    holder.sha256 = sha256(bytes);
    holder.qr = `${url}/check/${holder.code}`;
    if (kind.isWhole) {
        is(scan(file), holder.qr, `${kind.name}: and its QR`);
    }
    fs.rmSync(file);
}

/* What the QR of a copy holds. */
function scan(file) {
    const stem = file.replace(/\.pdf$/, '');
    const quiet = { stdio: ['ignore', 'pipe', 'ignore'] };

    execFileSync('pdftoppm', ['-png', '-r', '150', '-singlefile', file, stem]);

    const qr = execFileSync('zbarimg', ['-q', '--raw', '-Sdisable',
                                        '-Sqrcode.enable', `${stem}.png`],
                            quiet).toString().trim();

    fs.rmSync(`${stem}.png`);
    return qr;
}

async function scanned(page, result) {
    const answer = await page.context().newPage();

    await answer.goto(page.holder.qr);
    is(await answer.getAttribute('section.result', 'data-result'), result,
       `${page.kind.name}: scanned: ${result}`);
    await answer.close();
}

async function share(page) {
    const { kind, holder } = page;

    await scanned(page, 'valid');
    await act(page, 'share').click();
    await page.waitForSelector('dialog[open]');
    await page.check('input[name=right][value=download]');
    await act(page, 'share').click();
    await page.waitForSelector('#shared');
    await audit(page, 'a link to share');

    holder.shared = await page.inputValue('#shared');
    await act(page, 'copy_link').click();
    await page.getByText(page.words.copied, { exact: true }).waitFor();
    is(await page.evaluate(() => navigator.clipboard.readText()), holder.shared,
       `${kind.name}: the link is copied`);
    await act(page, 'close').click();
    await page.waitForSelector('dialog', { state: 'detached' });

    const stranger = await open(kind);
    const answer = await stranger.request.get(holder.shared);

    is(sha256(await answer.body()), holder.sha256,
       `${kind.name}: the link gives the copy to others`);
    await stranger.context().close();
}

async function withdraw(page) {
    const { kind, holder } = page;

    await act(page, 'withdraw').click();
    await page.waitForSelector('dialog[open]');
    await audit(page, 'to withdraw');
    await act(page, 'close').click();
    await page.waitForSelector('dialog', { state: 'detached' });
    is(await copies(page, 'ready').count(), 1, `${kind.name}: not withdrawn`);

    await act(page, 'withdraw').click();
    await page.waitForSelector('dialog[open]');
    await act(page, 'withdraw').click();
    await copies(page, 'withdrawn').waitFor();
    await audit(page, 'a copy that was withdrawn');
    await scanned(page, 'withdrawn');

    const answer = await page.context().newPage();

    await answer.goto(holder.shared);
    is(await answer.textContent('section.result h1'),
       page.words.withdrawn, `${kind.name}: nor does the link hold`);
    await answer.close();
}

async function usedUp(page) {
    const { kind, holder } = page;

    for (const n of [2, 3]) {
        await act(page, 'to-apply').click();
        await view(page, 'apply');
        await act(page, 'apply').click();
        await view(page, 'certificate');
        await page.waitForFunction(
            n => document.querySelectorAll('li[data-code]').length === n
                 && !document.querySelector('li[data-state=generating]'), n);
    }

    await quota(page, 0, 'used up');
    ok(isIn(kind.lang, await page.locator('.quota .next').textContent()),
       `${kind.name}: and when the next is free`);
    is(await page.locator('[data-action=to-apply]').count(), 0,
       `${kind.name}: nothing to press`);
    await audit(page, 'no application left');

    await go(page, `#/certificates/${holder.number}/apply`, 'apply');
    is(await page.locator('form').count(), 0, `${kind.name}: no form`);
    ok(await page.locator('.quota .next').isVisible(),
       `${kind.name}: but why`);
    await audit(page, 'no application to make');
}

async function data(page) {
    const { kind, holder } = page;

    await go(page, '#/data', 'data');
    await audit(page, 'what is held');

    const [saved] = await Promise.all([page.waitForEvent('download'),
                                       act(page, 'export').click()]);
    const text = fs.readFileSync(await saved.path(), 'utf8');

    is(saved.suggestedFilename(), 'holder.json', `${kind.name}: exported`);
    JSON.parse(text);
    for (const part of [holder.id_number, holder.number, holder.code]) {
        ok(text.includes(part), `${kind.name}: with all there is`);
    }
    await go(page, '#/notice', 'notice');
    is(await page.locator('[data-action=agree]').count(), 0,
       `${kind.name}: the notice again, agreed`);
    await audit(page, 'the notice, agreed to');
}

async function end(page) {
    const { kind, holder } = page;
    const other = kind.lang === 'zh' ? 'en' : 'zh';

    await go(page, `#/certificates/${holder.number}`, 'certificate');
    await page.click('header a[hreflang]');
    await page.waitForSelector(`html[lang^=${other}] main[data-view=certificate]`);
    ok(page.url().endsWith(`#/certificates/${holder.number}`),
       `${kind.name}: the other language, where one was`);
    await view(page, 'certificate');

    await act(page, 'logout').click();
    await view(page, 'login');
    is(await flash(page), words[other].logged_out, `${kind.name}: logged out`);
    await page.goBack();
    await view(page, 'login');
}

for (const [i, kind] of KINDS.entries()) {
    const page = await open(kind);
    const who = i === 0 ? samples.unregistered
                : people.filter(one =>
                    one.id_number !== samples.unregistered.id_number)[i];

    page.holder = { ...who, username: `h${i}.${stamp}` };
    for (const run of [slow, loginWrong, register, notice, list, ended, apply, getFile,
                       share, withdraw, usedUp, data, end])
    {
        /* Each goes on where the one before it has ended. */
        if (!await part(run.name, page, run)) {
            break;
        }
    }
    await close(page);
}

await done();
