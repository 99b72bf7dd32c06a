// SPDX-License-Identifier: Apache-2.0
// HTML reports in headless Chromium: sorting, filtering, the tree, picking in a front, keys, print,
// both colour schemes, 360 and 1400 pixels, hostile names, no console message, no request.
//   NODE_PATH=FOLDER/node_modules node tests/browser/html_report.cjs build/release/archcost [OUT]
// needs npm's puppeteer-core and a Chromium (CHROMIUM names another one than /usr/bin/chromium). It
// ends with 77 where one of them is missing. Screenshots are left in OUT.
'use strict';
const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pathToFileURL} = require('node:url');

const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
let puppeteer;
try {
  puppeteer = require('puppeteer-core');
  fs.accessSync(chromium, fs.constants.X_OK);
} catch (error) {
  console.log(`skipped: ${error.message.split('\n')[0]}`);
  process.exit(77);
}

const program = path.resolve(process.argv[2]);
const out = path.resolve(process.argv[3] ?? fs.mkdtempSync(path.join(os.tmpdir(), 'archcost-browser-')));
fs.mkdirSync(out, {recursive: true});

const HOSTILE = '<img src=x onerror=alert(1)>';
const spec = `name: evil
input: {channels: 3, height: 32, width: 32}
params:
  alpha: {default: 1, sweep: [0.5, 1], help: "${HOSTILE}"}
source: "${HOSTILE} </script><script>alert(2)</script>"
layers:
  - conv: {out: round(8 * alpha), kernel: 3}
  - relu
  - conv: {out: 16, kernel: 1}
  - global_avg_pool
  - linear: {out: 10}
`;

function report(name, ...args) {
  const file = path.join(out, `${name}.html`);
  execFileSync(program, ['report', ...args, '-o', file], {stdio: ['ignore', 'ignore', 'inherit']});
  console.log(`${name}.html: ${fs.statSync(file).size} bytes`);
  return file;
}

async function open(browser, file, width, check) {
  const page = await browser.newPage();
  const said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('dialog', (dialog) => { said.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) said.push(`request ${request.url()}`); });
  await page.setViewport({width, height: 900, deviceScaleFactor: 1, isMobile: width < 600, hasTouch: width < 600});
  await page.goto(pathToFileURL(file).href);
  await check(page);
  assert.deepEqual(said, [], `${file}: console messages`);
  await page.close();
}

const texts = (page, selector) => page.$$eval(selector, (nodes) => nodes.map((node) => node.textContent));
const column = (name, n) => `[data-name="${name}"] tbody tr:not([hidden]) td:nth-child(${n})`;
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

async function type(page, name, text) {
  await page.$eval(`[data-name="${name}"] input[type=search]`, (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input'));
  }, text);
}

async function sorting(page) {
  const head = '[data-name="by_kind"] th:nth-child(7) button';
  const raw = () => page.$$eval(column('by_kind', 7), (cells) => cells.map((c) => Number(c.dataset.v)));
  const before = await raw();
  await page.click(head);
  const down = await raw();
  assert.deepEqual(down, [...before].sort((a, b) => b - a));
  assert.equal(await page.$eval('[data-name="by_kind"] th:nth-child(7)', (th) => th.getAttribute('aria-sort')), 'descending');
  await page.focus(head);
  await page.keyboard.press('Enter');
  assert.deepEqual(await raw(), [...before].sort((a, b) => a - b));
  await page.keyboard.press('Enter');
  assert.deepEqual(await raw(), before);
  await page.click('[data-name="by_kind"] th:nth-child(1) button');
  const names = await texts(page, column('by_kind', 1));
  assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, 'en', {numeric: true})));
  assert.match((await texts(page, '[data-name="by_kind"] tfoot td'))[0], /^total$/);
}

async function filtering(page) {
  await type(page, 'by_layer', 'depthwise 3x3');
  assert.equal((await texts(page, column('by_layer', 1))).length, 13);
  await type(page, 'by_layer', 'pointwise cost > 40M');
  for (const cost of await page.$$eval(column('by_layer', 6), (cells) => cells.map((c) => Number(c.dataset.v)))) assert.ok(cost > 40e6, cost);
  await type(page, 'by_layer', 'nonsense > 1');
  assert.match((await texts(page, '[data-name="by_layer"] [role=status]'))[0], /^no column 'nonsense'; there are layer, class/);
  await type(page, 'by_layer', '');
  assert.equal((await texts(page, column('by_layer', 1))).length, 84);
}

async function tree(page) {
  const rows = () => texts(page, column('tree', 1));
  const closed = (await rows()).length;
  await page.focus('[data-name="tree"] tbody tr:nth-child(2) ~ tr button.fold');
  await page.keyboard.press('ArrowRight');
  assert.ok((await rows()).length > closed);
  await page.keyboard.press('ArrowLeft');
  assert.equal((await rows()).length, closed);
  await page.evaluate(() => [...document.querySelectorAll('[data-name="tree"] button')].find((b) => b.textContent === 'open all').click());
  const all = await rows();
  assert.ok(all.length > 84, all.length);
  await type(page, 'tree', 'depthwise 3x3');
  const sum = await page.$$eval('[data-name="tree"] tbody tr', (trs) => trs.filter((tr) => tr.cells[2].textContent).reduce((a, tr) => a + Number(tr.cells[6].dataset.v), 0));
  assert.equal(sum, 568740352);
  await type(page, 'tree', '');
  await page.evaluate(() => [...document.querySelectorAll('[data-name="tree"] button')].find((b) => b.textContent === 'close all').click());
  assert.equal((await rows()).length, closed);
}

// A click on a point picks it in picture and table; two are compared with ratios.
async function picking(page) {
  const figure = '#search_front';
  await page.$eval(figure, (node) => node.scrollIntoView());
  await page.waitForSelector(`${figure} svg path`);
  const plot = await page.$(`${figure} .plot`);
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  const tip = () => page.$eval(`${figure} .tip`, (node) => (node.hidden ? '' : node.textContent));
  assert.match(await tip(), /macs: /);
  await page.keyboard.press('Enter');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const heads = await texts(page, `${figure} .compare thead th`);
  assert.equal(heads.length, 3, heads);
  const macs = await page.$$eval(`${figure} .compare tr`, (trs) => trs.map((tr) => tr.textContent).find((t) => t.startsWith('macs')));
  assert.match(macs, /× \d/);
  assert.equal(await page.$$eval('[data-name="search"] tr.picked', (rows) => rows.length), 2);
  const box = await page.$eval(`${figure} .at`, (node) => { const b = node.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; });
  await page.mouse.click(...box);  // once more: no longer picked
  assert.equal((await texts(page, `${figure} .compare thead th`)).length, 2);
  await page.$eval('[data-name="search"] td.pick input:not(:checked)', (input) => input.click());
  assert.equal((await texts(page, `${figure} .compare thead th`)).length, 3);
  await page.$eval('[data-name="search"]', (box) => { for (let p = box.parentElement; p; p = p.parentElement) if (p.tagName === 'DETAILS') p.open = true; });
}

async function csv(page) {
  const text = await page.$eval('[data-name="by_layer"] script', (node) => JSON.parse(node.textContent));
  assert.match(text, /^layer,kind,class,/);
  const made = await page.evaluate(() => tables.get('tree').csv());
  assert.match(made, /^layer,layers,class,output,params,params_share,cost,cost_share,activations\n/);
}

// From the start of loading until the first table is on the screen: the first paint with contents.
async function firstTable(browser, file) {
  const times = [];
  for (let k = 0; k < 5; ++k) {
    const page = await browser.newPage();
    await page.bringToFront();
    await page.goto(pathToFileURL(file).href);
    times.push(await page.evaluate(() => new Promise((done) => {
      const see = (list) => list.getEntries().forEach((entry) => entry.name === 'first-contentful-paint' && done(entry.startTime));
      new PerformanceObserver(see).observe({type: 'paint', buffered: true});
    })));
    await page.close();
  }
  times.sort((a, b) => a - b);
  console.log(`${path.basename(file)}: first paint with contents after ${Math.round(times[2])} ms (median of 5)`);
}

async function shots(browser, file) {
  const name = path.basename(file, '.html');
  for (const width of [360, 1400]) {
    await open(browser, file, width, async (page) => {
      assert.ok((await overflow(page)) <= 0, `${name} is wider than ${width} pixels`);
      await page.$$eval('figure', async (figures) => {
        for (const figure of figures) { figure.scrollIntoView(); await new Promise((done) => setTimeout(done, 60)); }
        scrollTo(0, 0);
      });
      await page.screenshot({path: path.join(out, `${name}_${width}.png`)});
      for (const figure of await page.$$('figure')) {
        const id = await figure.evaluate((node) => node.id);
        await figure.screenshot({path: path.join(out, `${name}_${width}_${id}.png`)});
      }
      if (width === 1400) {
        await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: 'dark'}]);
        await page.screenshot({path: path.join(out, `${name}_dark.png`)});
        await page.emulateMediaFeatures([]);
        await page.pdf({path: path.join(out, `${name}.pdf`), format: 'A4'});
      }
    });
  }
}

async function main() {
  const evil = path.join(out, `${HOSTILE}.yaml`);
  fs.writeFileSync(evil, spec);
  const mobilenet = report('mobilenet', 'mobilenet_v1', '--sweep', 'alpha', '--sweep', 'rho', '--search', 'maximize accuracy', '--search', 'minimize macs');
  const hostile = report('hostile', evil, '--sweep', 'alpha', '--search', 'minimize macs', '--search', 'minimize params');
  const story = report('story', '--template', 'light_weight_convolutions');
  const front = report('front', 'mobilenet_v1', '--search', 'maximize accuracy', '--search', 'minimize macs', '--search', 'minimize params',
    '--search', 'vary alpha=0.25:1:0.002', '--search', 'vary rho=4/7:1:3/224');
  const browser = await puppeteer.launch({executablePath: chromium, args: ['--no-sandbox', '--disable-gpu']});
  try {
    await open(browser, mobilenet, 1400, async (page) => {
      await sorting(page);
      await filtering(page);
      await tree(page);
      await picking(page);
      await csv(page);
      await page.screenshot({path: path.join(out, 'picked.png')});
    });
    await open(browser, hostile, 1400, async (page) => {
      assert.equal(await page.$$eval('img', (images) => images.length), 0);
      assert.ok((await page.evaluate(() => document.body.innerText)).includes(HOSTILE));
    });
    await open(browser, front, 1400, async (page) => {
      const points = await page.$$eval('[data-name="search"] tbody tr', (rows) => rows.length);
      console.log(`front.html: ${points} points`);
      assert.ok(points >= 2000, points);
      await picking(page);
    });
    for (const file of [mobilenet, story, front]) await firstTable(browser, file);
    for (const file of [mobilenet, story, front, hostile]) await shots(browser, file);
  } finally {
    await browser.close();
  }
  console.log(`passed; screenshots in ${out}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
