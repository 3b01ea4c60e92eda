/*
 * What the browser tests share: TAP, one Chromium, and pages in which nothing
 * goes wrong unseen.  t/85-browser.t starts them and says in the environment
 * where things are: BROWSER_URL, _DOWN (a server without its store), _HOME (of
 * the demonstration), _SITE, _MODULES, _BIN, _TMP.
 */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';

const env = name => process.env[`BROWSER_${name}`];
const require = createRequire(`${env('MODULES')}/`);
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const url = env('URL');
export const down = env('DOWN');
export const tmp = env('TMP');

/* Waits are for what has to come, however busy the machine is. */
const PATIENCE_MS = 120000;

/*
 * Each language in each size.  Two of them have all there is to look at, both
 * languages, sizes and schemes; there axe runs, which takes longest of all.
 */
export const KINDS = [
    { name: 'zh phone', lang: 'zh', isPhone: true, scheme: 'light',
      isWhole: true },
    { name: 'en desk', lang: 'en', isPhone: false, scheme: 'dark',
      isWhole: true },
    { name: 'en phone', lang: 'en', isPhone: true, scheme: 'light' },
    { name: 'zh desk', lang: 'zh', isPhone: false, scheme: 'dark' },
];

export const samples = JSON.parse(
    fs.readFileSync(`${env('HOME')}/samples.json`, 'utf8'));

/* All words of the pages: words.en.login. */
const WORD = /^(?:<!--#set var=")?(\w+)(?:" value="|: )(.*?)(?:"-->)?$/gm;

export const words = Object.fromEntries(['zh', 'en'].map(lang => [
    lang, Object.fromEntries([...fs.readFileSync(
        `${env('SITE')}/assets/lang/${lang}.ssi`, 'utf8')
        .matchAll(WORD)]
        .map(([, key, text]) => [key, text])),
]));

const [head, ...lines] = fs.readFileSync(`${env('HOME')}/certificates.csv`,
                                         'utf8').trim().split('\n')
    .map(line => line.split(','));
const rows = lines.map(line => Object.fromEntries(
    head.map((column, i) => [column, line[i]])));

/*
 * People who may register: certificates of today's kind that nothing was done
 * with, of people who have no other.
 */
export const people = rows.slice(12).filter(row =>
    row.issuer.includes('\u4eba\u529b\u8d44\u6e90')
    && row.approved > '2021-12-17' && row.number !== samples.account.number
    && rows.filter(one => one.id_number === row.id_number).length === 1);

/* What is to be in no address and in no storage. */
const personal = new Set(rows.flatMap(row => [row.name, row.id_number]));

export function secret(text) {
    personal.add(text);
}

/* --- TAP ----------------------------------------------------------------- */

let count = 0;

export function ok(isOk, name, why = '') {
    count++;
    console.log(`${isOk ? 'ok' : 'not ok'} ${count} - ${name.replace(/#/g, '')}`);
    if (!isOk && why !== '') {
        console.log(String(why).replace(/^/gm, '# '));
    }
    return isOk;
}

export function is(got, expected, name) {
    return ok(got === expected, name,
              `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
}

export function has(text, part, name) {
    return ok(text.includes(part), name,
              `${JSON.stringify(part)} is not in ${JSON.stringify(text)}`);
}

/* --- Browser ------------------------------------------------------------- */

const browser = await chromium.launch({
    executablePath: env('BIN'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update',
           '--disable-sync'],
});

/* What Chromium itself prints about an answer that is an error. */
const ANSWERS = /^Failed to load resource: the server responded with a status/;

/* What Chromium shows a PDF with. */
const VIEWER = /^chrome(?:-extension)?:/;

/*
 * A page in a profile of its own.  page.kind tells what it is, and page.wrong
 * gathers what no page does: errors in the console, requests to elsewhere,
 * something personal in an address.
 */
export async function open(kind, { scripts = true, ...more } = {}) {
    const context = await browser.newContext({
        locale: kind.lang === 'zh' ? 'zh-CN' : 'en-GB',
        colorScheme: kind.scheme,
        viewport: kind.isPhone ? { width: 360, height: 780 }
                  : { width: 1280, height: 800 },
        timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
        javaScriptEnabled: scripts,
        permissions: ['clipboard-read', 'clipboard-write'], ...more,
    });
    const wrong = [];

    context.setDefaultTimeout(PATIENCE_MS);
    context.on('page', page => watch(page, wrong));

    const page = await context.newPage();

    return Object.assign(page, { kind, wrong, words: words[kind.lang] });
}

function watch(page, wrong) {
    page.on('console', message => {
        if (['error', 'warning'].includes(message.type())
            && !ANSWERS.test(message.text()))
        {
            wrong.push(`console: ${message.text()}`);
        }
    });
    page.on('pageerror', error => wrong.push(`error: ${error.message}`));
    page.on('request', request => {
        const to = request.url();

        if (VIEWER.test(to)) {
            return;
        }
        if (![url, down].some(one => to.startsWith(one))
            && !to.startsWith('blob:'))
        {
            wrong.push(`request to ${to}`);
        }

        const address = decodeURIComponent(to);

        for (const text of personal) {
            if (address.includes(text)) {
                wrong.push(`personal: ${address}`);
            }
        }
    });
}

/* --- The holder's pages -------------------------------------------------- */

/* An action of the view, or of the dialog that is open. */
export function act(page, name) {
    return page.locator(
        `dialog[open] [data-action="${name}"],
         body:not(:has(dialog[open])) [data-action="${name}"]`).first();
}

export function view(page, name) {
    return page.waitForSelector(`main[data-view=${name}]:not([aria-busy])`);
}

/*
 * Presses a button that leads to another view, as a person would: again, where
 * the service says that it is busy, which it may say while all of its processes
 * share one machine with other tests.
 */
export async function press(page, name, next) {
    const busy = page.locator('[role=alert]')
        .filter({ hasText: page.words.error_busy });

    for (let times = 0; ; times++) {
        await act(page, name).click();
        await Promise.race([view(page, next), busy.waitFor()]);

        if (times === 20 || !await busy.isVisible()) {
            return view(page, next);
        }
        await page.waitForTimeout(2000);
    }
}

export async function go(page, to, name) {
    await page.evaluate(hash => { location.hash = hash; }, to);
    await view(page, name);
}

/* "next" is the view that the login leads to, if it is to succeed. */
export async function login(page, username, password, next) {
    await page.fill('#username', username);
    await page.fill('#password', password);
    await (next ? press(page, 'login', next) : act(page, 'login').click());
}

/* From the form of registration to the list. */
export async function join(page, { name, id_number: id, username, password }) {
    await page.goto(`${url}/me/#/register`);
    await view(page, 'register');
    await page.fill('#id_number', id);
    await page.fill('#name', name);
    await page.fill('#username', username);
    await page.fill('#password', password);
    await press(page, 'register', 'notice');
    await act(page, 'agree').click();
    await view(page, 'certificates');
}

/* --- The end of a page --------------------------------------------------- */

/* It has kept nothing, and nothing was wrong. */
export async function close(page) {
    const { kind, wrong } = page;

    await page.goto(url);
    is(await page.evaluate(() => [...Object.entries(localStorage),
                                  ...Object.entries(sessionStorage)].join(' ')),
       '', `${kind.name}: nothing is kept in the browser`);
    is(wrong.join('\n'), '', `${kind.name}: nothing went wrong`);
    await page.context().close();
}

/*
 * Runs part of a test; what it throws is a failure of that part, with a picture
 * of each page.  False if it threw.
 */
export async function part(name, page, run) {
    const before = count;
    const name0 = `${page.kind.name}: ${name}`;

    try {
        await run(page);
    } catch (error) {
        ok(false, name0, error.stack);
        for (const [i, one] of page.context().pages().entries()) {
            const file = `${tmp}/${name0.replace(/\W+/g, '-')}-${i}.png`;

            await one.screenshot({ path: file, fullPage: true, timeout: PATIENCE_MS })
                     .then(() => console.log(`# ${one.url()}: ${file}`),
                           why => console.log(`# no picture: ${why.message}`));
        }
        return false;
    }
    if (count === before) {
        ok(true, name0);
    }
    return true;
}

export async function done() {
    await browser.close();
    console.log(`1..${count}`);
}

/* --- What every page is -------------------------------------------------- */

/* In the page.  What is touched has 24 px, or so much room around it. */
async function violations() {
    const { violations } = await globalThis.axe.run(document, {
        resultTypes: ['violations'], rules: { 'target-size': { enabled: true } },
    });

    return violations.map(({ id, nodes: [{ html, failureSummary }] }) =>
        `${id}: ${html} ${failureSummary}`).join('\n');
}

/* axe finds nothing, nothing is wider than the screen, down to 320 px. */
export async function audit(page, what) {
    const { kind } = page;
    const name = `${kind.name}: ${what}`;

    if (kind.isWhole) {
        if (!await page.evaluate(() => 'axe' in globalThis)) {
            await page.evaluate(axe);
        }
        is(await page.evaluate(violations), '', `${name}: axe finds nothing`);
    }

    const facts = await page.evaluate(() => ({
        title: document.title, lang: document.documentElement.lang,
        viewport: document.querySelector('meta[name=viewport]')?.content ?? '',
        headings: document.querySelectorAll('h1').length,
    }));

    ok(facts.title.trim() !== '', `${name}: a title`);
    is(facts.lang, { zh: 'zh-CN', en: 'en' }[kind.lang], `${name}: its language`);
    has(facts.viewport, 'width=device-width', `${name}: its viewport`);
    is(facts.headings, 1, `${name}: one heading`);

    const wide = () => page.evaluate(() =>
        document.documentElement.scrollWidth - innerWidth);

    ok(await wide() <= 0, `${name}: not wider than the screen`);
    if (kind.isPhone) {
        const size = page.viewportSize();

        await page.setViewportSize({ width: 320, height: 640 });
        ok(await wide() <= 0, `${name}: nor than 320 px`);
        await page.setViewportSize(size);
    }
}

export function sha256(bytes) {
    return createHash('sha256').update(bytes).digest('hex');
}

/* True for text in the language of the page. */
export function isIn(lang, text) {
    return text.trim() !== '' && (lang === 'zh') === /\p{sc=Han}/u.test(text);
}
