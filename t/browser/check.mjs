/*
 * The check page, and what it shows of each result.
 */

import { KINDS, audit, close, done, down, has, is, isIn, ok, open, part,
         samples, url, words } from './lib.mjs';

const { valid } = samples;

/* Result => where it is met. */
const NONE = 'f'.repeat(64);
const RESULTS = {
    ...Object.fromEntries(['valid', 'original', 'expired', 'generating',
                           'withdrawn', 'revoked', 'suspended', 'replaced']
        .map(state => [state, `/check/${samples[state].code}`])),
    not_found: `/check?sha256=${NONE}`,
    bad_request: '/check/0000-0000-0000-0001',
    forbidden: '/view/of-nobody',
    unavailable: `${down}/check/${valid.code}`,
};

const STATUS = { not_found: 404, bad_request: 400, forbidden: 403,
                 unavailable: 503 };

const result = page => page.locator('section.result');

async function shows(page, name, what) {
    const { kind } = page;

    await page.waitForSelector(`section.result[data-result=${name}]`);
    is(await result(page).locator('h1').textContent(),
       page.words[name], `${kind.name}: ${what}: ${name}`);
}

/* As people type it: small letters, no hyphens, letters for digits. */
const typed = valid.code.replaceAll('-', '').replaceAll('0', 'O')
                        .replaceAll('1', 'l').toLowerCase();

async function byCode(page) {
    const { kind } = page;
    const code = page.locator('#code');

    await code.pressSequentially(`${typed.slice(0, 6)} ${typed.slice(6)}`);
    is(await code.inputValue(), valid.code, `${kind.name}: folded and grouped`);
    await code.press('Enter');
    await shows(page, 'valid', 'by code');

    const facts = await page.locator('dl.facts').innerText();

    has(facts, valid.number, `${kind.name}: the number`);
    has(facts, valid.code, `${kind.name}: the code`);
    ok(!facts.includes(valid.name), `${kind.name}: no whole name`);
    ok(!(await page.content()).includes(valid.id_number),
       `${kind.name}: no document number`);

    /* A link is as good as a code. */
    await page.goto(url);
    await code.fill(`${url}/check/${valid.code}`);
    is(await code.inputValue(), valid.code, `${kind.name}: out of a link`);

    const last = valid.code.at(-1) === '0' ? '1' : '0';
    const mistyped = valid.code.slice(0, -1) + last;

    await code.fill(mistyped);
    await page.click('form:not([method]) button:not([type=button])');
    await shows(page, 'bad_request', 'a mistyped code');
    is(await code.inputValue(), mistyped, `${kind.name}: can be corrected`);
}

async function byCertificate(page) {
    const { kind } = page;
    const ask = async name => {
        await page.goto(url);
        await page.fill('#number', valid.number);
        await page.fill('#name', name);
        await page.fill('#id_number', valid.id_number);
        await page.click('form[method=post] button');
    };

    await ask(valid.name);
    await shows(page, 'valid', 'by certificate');
    is(page.url(), `${url}/check`, `${kind.name}: nothing in the address`);

    await ask('\u67d0*');
    await shows(page, 'bad_request', 'by a masked name');
    is(await page.locator('.field:has(.wrong:not(:empty))').locator('input')
        .getAttribute('name'), 'name', `${kind.name}: names the field`);
    is(await page.locator('.wrong:not(:empty)').textContent(), page.words.wrong,
       `${kind.name}: and what is wrong with it`);
    is(await typedIn(page), [valid.number, '\u67d0*', valid.id_number].join(),
       `${kind.name}: and what was typed can be corrected`);
    await audit(page, 'a wrong field');

    await ask('\u67d0\u67d0');
    await shows(page, 'not_found', 'by another name');
    ok(await page.locator('.causes li').count() >= 3,
       `${kind.name}: the usual causes`);
    is(await typedIn(page), [valid.number, '\u67d0\u67d0', valid.id_number]
        .join(), `${kind.name}: what was typed is still there`);
    is(await page.evaluate(() => document.activeElement.textContent),
       page.words.not_found, `${kind.name}: the result is read out`);
    ok(!JSON.stringify(await page.evaluate(() => [{ ...localStorage },
        { ...sessionStorage }, document.cookie, history.state]))
        .includes(valid.id_number), `${kind.name}: and is stored nowhere`);

    /* Corrected where it stands, forth and back in the history. */
    await page.fill('#name', valid.name);
    await page.click('form[method=post] button');
    await shows(page, 'valid', 'corrected');
    await page.goBack();
    await shows(page, 'not_found', 'back');
    await page.goBack();
    await page.waitForSelector('main:not(:has(section.result))');
    is(await typedIn(page), [valid.number, '\u67d0\u67d0', valid.id_number]
        .join(), `${kind.name}: back at the form`);
    await page.goForward();
    await shows(page, 'not_found', 'forth');
    await page.reload();
    is(await page.locator('section.result').count(), 0,
       `${kind.name}: loaded again: a form, and nothing is sent twice`);
    is(await typedIn(page), ',,', `${kind.name}: and nothing is kept`);

    /* A service that is down: back to what was typed. */
    await page.goto(down);
    await page.fill('#number', '1');
    await page.fill('#name', 'A b');
    await page.fill('#id_number', '2');
    await page.click('form[method=post] button');
    await shows(page, 'unavailable', 'by certificate');
    await page.click('main .actions a.button:not(.plain)');
    await page.waitForSelector('main:not(:has(section.result))');
    is(await typedIn(page), '1,A b,2', `${kind.name}: and tried again`);

    /* What scripts cannot fetch, the browser sends; it tells of the first. */
    const before = page.wrong.length;

    await page.goto(url);
    await page.fill('#number', valid.number);
    await page.fill('#name', valid.name);
    await page.fill('#id_number', valid.id_number);
    await page.route('**/check', (route, request) =>
        request.isNavigationRequest() ? route.continue() : route.abort());
    await page.click('form[method=post] button');
    await shows(page, 'valid', 'sent by the browser');
    await page.unroute('**/check');
    is(page.wrong.splice(before).join(),
       'console: Failed to load resource: net::ERR_FAILED',
       `${kind.name}: after a request that failed`);
}

/* What the form of a certificate holds. */
const typedIn = async page => (await page.locator(
    '#number, #name, #id_number').evaluateAll(all =>
    all.map(({ value }) => value))).join();

/* A form without a code, which a browser without scripts may send. */
async function noCode(page) {
    const { kind } = page;

    await page.goto(`${url}/check?code=`);
    await shows(page, 'bad_request', 'no code');
    is(await page.locator('.field:has(.wrong:not(:empty))').locator('input')
        .getAttribute('name'), 'code', `${kind.name}: names the code`);
}

/* A copy whose name was changed is genuine by its code: the whole name tells. */
async function byName(page) {
    const { kind } = page;
    const ask = async name => {
        await page.fill('#whole-name', name);
        await Promise.all([page.waitForEvent('load'),
                           page.press('#whole-name', 'Enter')]);
    };
    const title = async (tone, key, what) => {
        await page.waitForSelector(`section.result[data-tone=${tone}]`);
        is(await result(page).locator('h1').textContent(), page.words[key],
           `${kind.name}: ${what}`);
    };

    await page.goto(`${url}/check/${valid.code}`);
    await ask(valid.name);
    await title('valid', 'valid', 'the name on the document');
    is(await page.locator('dl.facts .badge').innerText(), page.words.name_same,
       `${kind.name}: is said to match`);
    is(page.url(), `${url}/check/${valid.code}`, `${kind.name}: not in the URL`);
    await audit(page, 'a name that matches');

    await ask('\u67d0\u67d0');
    await title('revoked', 'name_differs', 'another name');
    is(await page.locator('dl.facts .badge').count(), 0,
       `${kind.name}: does not match`);
    await audit(page, 'a name that differs');

    await ask('\u67d0*');
    await title('bad_request', 'bad_request', 'a masked name');
    is(await page.locator('.wrong:not(:empty)').textContent(), page.words.wrong,
       `${kind.name}: says what is wrong with it`);

    await page.goto(`${url}/check/${valid.code}`);
    await page.click('a[href="/#by-match"]');
    await page.waitForSelector('#by-match');
    ok(page.url().endsWith('/#by-match'), `${kind.name}: a stronger check`);
}

/* A day that people read, or the time of a check. */
const days = {
    zh: /^\d{4}年\d+月\d+日( [\d:]{8}（北京时间）)?$/,
    en: /^\d+ [A-Z][a-z]+ \d{4}(, [\d:]{8} \(Beijing time\))?$/,
};

/* Where one reads a result, the other language is one click away. */
async function language(page) {
    const { kind } = page;
    const other = kind.lang === 'zh' ? 'en' : 'zh';

    await page.goto(`${url}/check/${valid.code}`);
    await page.click('header a[hreflang]');
    await page.waitForSelector(`html[lang^=${other}]`);
    is(await result(page).locator('h1').textContent(),
       words[other].valid, `${kind.name}: the other language`);
    for (const day of await page.locator('dd[data-zh]').all()) {
        const text = await day.textContent();

        ok(days[other].test(text), `${kind.name}: and its days: ${text}`);
    }
    await page.goto(url);
    is(await page.locator('h1').textContent(), words[other].check_title,
       `${kind.name}: which is kept`);
    await page.click('header a[hreflang]');
    await page.waitForSelector(`html[lang^=${kind.lang}]`);
}

/* Nor is lost what was typed, found, or asked for by a form. */
async function translated(page) {
    const { kind } = page;
    const other = kind.lang === 'zh' ? 'en' : 'zh';
    const form = { code: valid.code, number: '1 2', name: 'A b', id_number: '3' };
    const change = async to => {
        await page.click('header a[hreflang]');
        await page.waitForSelector(`html[lang^=${to}]`);
    };
    const all = async () => {
        const fields = await page.locator('main form input').all();

        return Object.fromEntries(await Promise.all(fields.map(
            async one => [await one.getAttribute('name'),
                          await one.inputValue()])));
    };

    await page.goto(url);
    for (const [name, text] of Object.entries(form)) {
        await page.fill(`#${name}`, text);
    }
    await change(other);
    is(JSON.stringify(await all()), JSON.stringify(form),
       `${kind.name}: nothing typed is lost`);
    is(page.url(), `${url}/`, `${kind.name}: nor in the address`);

    const shown = await page.locator('body').innerText();

    await page.reload();
    is(await page.locator('body').innerText(), shown,
       `${kind.name}: the same as the server has it`);

    await page.fill('#number', valid.number);
    await page.fill('#name', valid.name);
    await page.fill('#id_number', valid.id_number);
    await page.click('form[method=post] button');
    await page.waitForSelector('section.result');
    await change(kind.lang);
    await shows(page, 'valid', 'by certificate, in the other language');
    await audit(page, 'exchanged words');
}

/*
 * What is first seen after a QR: little, everything in the first answer, and
 * where it stays.
 */
async function light(page) {
    const { kind } = page;
    const where = `${url}/check/${valid.code}`;
    const requests = [];

    page.on('request', request => requests.push(request));
    await page.addInitScript(() => {
        globalThis.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(one => {
            globalThis.shift += one.value;
        })).observe({ type: 'layout-shift', buffered: true });
    });

    const answer = await page.goto(where, { waitUntil: 'networkidle' });
    const sizes = await Promise.all(requests.map(one => one.sizes()));
    const bytes = sizes.reduce((sum, one) => sum + one.responseBodySize
                                                 + one.responseHeadersSize, 0);

    ok(requests.length > 3 && bytes < 30 * 1024, `${kind.name}: a small page`,
       `${requests.length} requests, ${bytes} bytes`);
    is((await answer.allHeaders())['content-encoding'], 'gzip',
       `${kind.name}: compressed`);

    /* Ten segments come before the first of them has to be acknowledged. */
    ok(sizes[0].responseBodySize < 14000, `${kind.name}: in one round trip`,
       `${sizes[0].responseBodySize} bytes`);

    const html = await answer.text();
    const sheets = await page.evaluate(() => [...document.styleSheets]
        .flatMap(sheet => [...sheet.cssRules]).filter(rule =>
            rule instanceof CSSImportRule || /url\(/.test(rule.cssText)).length);

    for (const fact of [page.words.valid, valid.number, valid.code]) {
        has(html, fact, `${kind.name}: in the first answer`);
    }
    is(sheets, 0, `${kind.name}: its style waits for nothing else`);
    is(await page.evaluate(() => document.querySelectorAll(
        'script:not([type=module]), script:not([src])').length), 0,
       `${kind.name}: and the page for no script`);
    is(await page.evaluate(() => new Promise(resolve => {
        requestAnimationFrame(() => setTimeout(() =>
            resolve(globalThis.shift)));
    })), 0, `${kind.name}: nothing moves`);

    const small = await page.locator('a, button, input, summary').evaluateAll(
        all => all.map(one => [one.outerHTML, one.getBoundingClientRect()])
            .filter(([, { width, height }]) => height > 1
                    && Math.min(width, height) < 24)
            .map(([html]) => html));

    is(small.join('\n'), '', `${kind.name}: nothing too small for a finger`);
    await audit(page, 'the first page');
}

async function results(page) {
    const { kind } = page;
    const looks = new Map();

    for (const [name, where] of Object.entries(RESULTS)) {
        const answer = await page.goto(new URL(where, url).href);
        const wanted = name === 'original' ? 'valid' : name;

        is(answer.status(), STATUS[name] ?? 200, `${kind.name}: ${name}: status`);
        await shows(page, wanted, 'the page of');

        const look = await result(page).evaluate(node => {
            const icon = node.querySelector('.result-head svg');

            return [icon.querySelector('use').getAttribute('href'),
                    getComputedStyle(icon).color, node.dataset.tone,
                    node.querySelector('h1').textContent];
        });

        ok(isIn(kind.lang, look[3]), `${kind.name}: ${name}: in its language`);
        looks.set(name, look);
        await audit(page, name);
    }

    /* A link that cannot be read looks like a code that cannot. */
    looks.delete('original');
    is(new Set([...looks.values()].map(look => look[3])).size, looks.size,
       `${kind.name}: each in its own words`);
    looks.delete('forbidden');
    for (const [i, what] of ['icon', 'colour', 'tone'].entries()) {
        is(new Set([...looks.values()].map(look => look[i])).size, looks.size,
           `${kind.name}: each with its own ${what}`);
    }
}

async function paper(page) {
    const { kind } = page;

    await page.addInitScript(() => {
        globalThis.print = () => { document.title += ' printed'; };
    });
    await page.goto(`${url}/check/${valid.code}`);
    await page.click('[data-print]');
    has(await page.title(), 'printed', `${kind.name}: prints`);

    await page.emulateMedia({ media: 'print' });
    ok(await page.locator('.print-only').isVisible(),
       `${kind.name}: on paper: where it was asked`);
    for (const part of ['.confirm', '.stronger', '.result > .actions']) {
        ok(!await page.locator(part).isVisible(),
           `${kind.name}: on paper: no ${part}`);
    }
    await page.emulateMedia({ media: 'screen' });
}

async function keyboard(page) {
    const { kind } = page;

    await page.goto(url);
    await page.keyboard.press('Tab');
    ok(await page.locator('.skip:focus').isVisible(),
       `${kind.name}: a way past the head`);

    const reached = new Set();

    for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab');
        reached.add(await page.evaluate(() => {
            const { id, type } = document.activeElement;

            return id || type;
        }));
    }
    is(['code', 'number', 'name', 'id_number', 'file', 'submit']
        .filter(one => !reached.has(one)).join(' '), '',
       `${kind.name}: everything is reached by keyboard`);
}

async function elsewhere(page) {
    const { kind } = page;

    const answer = await page.goto(`${url}/nothing`);

    is(answer.status(), 404, `${kind.name}: no such page`);
    is(await page.locator('h1').textContent(), page.words.error_404,
       `${kind.name}: is told so`);
    await audit(page, 'no such page');
    await page.click('main a.button');
    await page.waitForSelector('#code');
}

async function withoutScripts(kind) {
    const page = await open(kind, { scripts: false });

    await part('scripts off', page, async () => {
        await page.goto(url);
        ok(!await page.locator('[data-drop]').isVisible(),
           `${kind.name}: scripts off: no file is asked for`);
        ok(await page.locator('noscript .note').isVisible(),
           `${kind.name}: scripts off: and it says why`);
        await page.fill('#code', ` ${typed} `);
        await page.press('#code', 'Enter');
        await shows(page, 'valid', 'scripts off');
        has(await page.locator('dl.facts').innerText(), valid.number,
            `${kind.name}: scripts off: the facts`);
        ok(!await page.locator('[data-print]').isVisible(),
           `${kind.name}: scripts off: no button that does nothing`);

        const other = kind.lang === 'zh' ? 'en' : 'zh';

        await page.click('header a[hreflang]');
        await page.waitForSelector(`html[lang^=${other}]`);
        is(await result(page).locator('h1').textContent(),
           words[other].valid,
           `${kind.name}: scripts off: the other language`);

        await page.goto(`${url}/me/`);
        is(await page.locator('noscript .note').textContent(),
           words[other].needs_scripts,
           `${kind.name}: scripts off: the holder's pages say so`);
        ok(!await page.locator('.loading').isVisible(),
           `${kind.name}: scripts off: and load nothing`);
    });
    is(page.wrong.join('\n'), '', `${kind.name}: scripts off: nothing wrong`);
    await page.context().close();
}

for (const kind of KINDS) {
    const page = await open(kind);

    await part('the first page', page, light);
    await part('the check page', page, async () => {
        await page.goto(url);
        await audit(page, 'the check page');
        await byCode(page);
    });
    await part('by certificate', page, byCertificate);
    await part('without a code', page, noCode);
    await part('by name', page, byName);
    await part('the other language', page, language);
    await part('what was typed', page, translated);
    await part('results', page, results);
    await part('a page that is not there', page, elsewhere);
    await part('keyboard', page, keyboard);
    await part('paper', page, paper);
    await close(page);
    await withoutScripts(kind);
}

await done();
