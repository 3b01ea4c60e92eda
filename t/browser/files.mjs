/*
 * Checks of files: hashed in the browser, never sent.
 */

import fs from 'node:fs';

import { KINDS, audit, close, done, down, is, ok, open, part, samples, url }
    from './lib.mjs';

const bytes = fs.readFileSync(samples.valid.pdf);
const changed = Buffer.from(bytes);

changed[changed.length >> 1] ^= 1;

const PDF = 'application/pdf';
const GOOD = { name: 'good.pdf', mimeType: PDF, buffer: bytes };
const CHANGED = { name: 'changed.pdf', mimeType: PDF, buffer: changed };
const FOREIGN = { name: 'picture.pdf', mimeType: PDF,
                  buffer: Buffer.from('GIF89a, whatever it is called') };
const code = samples.valid.code;
const CUT = { name: `${code}.pdf`, mimeType: PDF,
              buffer: bytes.subarray(0, bytes.length >> 1) };
const other = text => Buffer.from(`%PDF-2.0\n1 0 obj\n${text}\nendobj\n%%EOF`);
const OTHER = { name: `certificate-${code} (1).pdf`, mimeType: PDF,
                buffer: other('<<>>') };
const SAVED = { name: '20221234567890123456.pdf', mimeType: PDF,
                buffer: other(`<< /Creator (ngx_cert) /URI (https://zs.example/`
                    + `check/${code.toLowerCase()}) >>`) };
const EXPIRED = { name: 'expired.pdf', mimeType: PDF,
                  buffer: fs.readFileSync(samples.expired.pdf) };

/* What the page says of a file, in its own words. */
const told = (words, result) => words[result === 'unread' ? 'file_not_pdf'
                                      : result];

/* The list has these rows, in this order. */
async function lists(page, expected, what) {
    const { kind } = page;
    const rows = page.locator('.files > li:not([data-file=busy])');

    await rows.nth(expected.length - 1).waitFor();

    const found = await rows.evaluateAll(all => all.map(row => [
        row.querySelector('.file-name').textContent, row.dataset.file,
        row.querySelector('.badge').textContent.trim()]));

    is(JSON.stringify(found),
       JSON.stringify(expected.map(([file, result]) =>
           [file.name, result, told(page.words, result)])),
       `${kind.name}: ${what}`);
}

async function dropped(page, { name, mimeType, buffer }) {
    const data = await page.evaluateHandle(([name, type, text]) => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));

        transfer.items.add(new File([bytes], name, { type }));
        return transfer;
    }, [name, mimeType, buffer.toString('base64')]);

    await page.dispatchEvent('[data-drop]', 'drop', { dataTransfer: data });
}

async function files(page) {
    const { kind } = page;
    const sent = [];

    page.on('request', request => {
        const { pathname, search } = new URL(request.url());

        if (request.method() !== 'GET' || request.postData() !== null
            || (pathname === '/check'
                && !/^\?sha256=[0-9a-f]{64}&lang=..$/.test(search)))
        {
            sent.push(`${request.method()} ${request.url()}`);
        }
    });

    await page.goto(url);
    await page.setInputFiles('[data-drop] input', GOOD);
    await lists(page, [[GOOD, 'valid']], 'a good file');
    ok((await page.locator('.files details').innerText())
        .includes(samples.valid.number), `${kind.name}: its facts, which are open`);
    await audit(page, 'a file that was checked');

    await dropped(page, CHANGED);
    await lists(page, [[GOOD, 'valid'], [CHANGED, 'not_found']],
                'a changed file');

    await page.goto(url);
    await page.setInputFiles('[data-drop] input',
                             [EXPIRED, FOREIGN, CHANGED, GOOD]);
    await lists(page, [[EXPIRED, 'expired'], [FOREIGN, 'unread'],
                       [CHANGED, 'not_found'], [GOOD, 'valid']],
                'several, one of them foreign');
    for (const one of await page.locator('.files summary').all()) {
        await one.click();
    }
    await audit(page, 'files that were checked');
    is(sent.join('\n'), '', `${kind.name}: nothing of a file is sent`);
}

/* What a file is that is not known: its row, its words, and its code. */
const symbols = code.replaceAll('-', '');
const UNKNOWN = [
    [FOREIGN, 'unread', 'file_not_pdf', 'file_not_pdf_means', ''],
    /* Its first half has the links. */
    [CUT, 'unread', 'file_cut', 'file_cut_means', symbols],
    [OTHER, 'not_found', 'not_found', 'file_other', code],
    [SAVED, 'not_found', 'not_found', 'cause_file', symbols],
];

async function unknown(page) {
    const { kind, words } = page;

    for (const [file, result, title, means, found] of UNKNOWN) {
        await page.goto(url);
        await page.setInputFiles('[data-drop] input', file);

        const row = page.locator(`.files > [data-file=${result}]`);

        is(await row.locator('.badge').innerText(), words[title],
           `${kind.name}: ${file.name} is ${title}`);
        is(await row.locator('details > p').innerText(), words[means],
           `${kind.name}: what to do`);
        is(await row.locator('[name=code]').inputValue(), found,
           `${kind.name}: its code`);
        await audit(page, file.name);
    }

    await page.click('.files .button');
    await page.waitForSelector('[data-result=valid]');
    ok(page.url().includes(`code=${code.replaceAll('-', '')}`),
       `${kind.name}: and is checked at once`);
}

/* A connection that is gone when the file is chosen. */
async function offline(page) {
    const { kind } = page;
    const context = page.context();
    const before = page.wrong.length;

    await page.goto(url, { waitUntil: 'networkidle' });
    await context.setOffline(true);
    await page.setInputFiles('[data-drop] input', GOOD);
    await page.locator('.files .badge', { hasText: page.words.file_offline })
        .waitFor();
    await context.setOffline(false);
    await lists(page, [[GOOD, 'valid']], 'checked when it is back');

    const said = page.wrong.splice(before);

    ok(said.every(one => /ERR_INTERNET_DISCONNECTED/.test(one)),
       `${kind.name}: the browser tells of requests alone`);
}

async function unavailable(page) {
    await page.goto(down);
    await page.setInputFiles('[data-drop] input', GOOD);
    await lists(page, [[GOOD, 'unavailable']], 'a service that is down');
}

for (const kind of KINDS) {
    const page = await open(kind);

    await part('files', page, files);
    await part('files that are not known', page, unknown);
    await part('files without a connection', page, offline);
    await part('files while the service is down', page, unavailable);
    await close(page);
}

await done();
