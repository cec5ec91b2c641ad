// SPDX-License-Identifier: Apache-2.0
// Browser tests: a server with the demo alliance, Debian's Chromium, one page per person. A page that logs an error, breaks the
// content security policy or asks another host for anything fails its test at the end.
//
//   const stage = await open();                       // once per file
//   const page = await stage.page({ as: 'lena', dark: true, width: 360, lang: 'zh' });
//   await page.goto(stage.at('/deals'));
//   await accessible(page);  await shot(page, 'deals');  await stage.finish(page);
//   after(() => stage.close());
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { demo, freshDatabase, serve } from '../lib/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS ?? join(here, 'shots');
const LOCALES = { en: 'en-GB', zh: 'zh-CN', ru: 'ru-RU' };

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && existsSync(p));
const flags = ['--headless=new', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-quic', '--disable-dev-shm-usage', '--font-render-hinting=none'];
if (process.getuid?.() === 0) flags.push('--no-sandbox'); // Chromium's sandbox refuses root

export async function open({ engine = process.env.ENTENTE_ENGINE ?? 'sqlite', env = {} } = {}) {
  assert.ok(executablePath, 'no Chromium: scripts/setup.sh test installs it, or CHROMIUM names it');
  const database = freshDatabase(engine);
  const logins = await demo(database);
  const server = await serve(database, { env });
  const browser = await chromium.launch({ executablePath, args: flags, headless: true });
  return new Stage(database, logins, server, browser);
}

class Stage {
  constructor(database, logins, server, browser) {
    Object.assign(this, { database, logins, server, browser });
  }

  at(path) { return this.server.url + path; }

  // The login of a person of the demo: by what stands before the @, or the nth company's first.
  login(who) {
    const found = typeof who === 'number'
      ? this.logins.filter((l, i, all) => all.findIndex((o) => o.company === l.company) === i)[who]
      : this.logins.find((l) => l.login.split('@')[0] === who);
    assert.ok(found, `nobody of the demo is ${who}: ${this.logins.map((l) => l.login).join(', ')}`);
    return found;
  }

  // A browser of its own (cookies, storage). as: who is logged in, absent for nobody.
  async page({ as, lang = 'en', dark = false, width = 1280, height = width < 500 ? 780 : 860, reducedMotion = 'reduce' } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height }, locale: LOCALES[lang], colorScheme: dark ? 'dark' : 'light', reducedMotion,
      timezoneId: 'Europe/Berlin', hasTouch: width < 500, isMobile: width < 500,
    });
    context.setDefaultTimeout(Number(process.env.PATIENCE ?? 10_000));
    const page = await context.newPage();
    page.trouble = [];
    page.on('pageerror', (e) => page.trouble.push(`exception: ${e.stack ?? e}`));
    page.on('console', (m) => {
      // The browser itself logs each 4xx answer; whether that was right is the test's own question.
      if (m.type() === 'error' && !/^Failed to load resource/.test(m.text())) page.trouble.push(`console: ${m.text()}`);
    });
    page.on('request', (r) => {
      if (!r.url().startsWith(this.server.url) && !/^(data|blob|about):/.test(r.url())) page.trouble.push(`another host: ${r.url()}`);
    });
    page.on('response', (r) => { if (r.status() >= 500) page.trouble.push(`${r.status()} ${r.url()}`); });
    if (as !== undefined) {
      const { login, password } = this.login(as);
      await page.goto(this.at('/'));
      const status = await page.evaluate(async (body) => (await fetch('/api/v1/session', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      })).status, { login, password });
      assert.equal(status, 200, `login of ${login}`);
      await page.goto(this.at('/'));
    }
    return page;
  }

  // The end of a page: nothing went wrong on it.
  async finish(page) {
    const trouble = page.trouble;
    await page.context().close();
    assert.deepEqual(trouble, []);
  }

  async close() {
    await this.browser.close();
    const wrong = await this.server.stop();
    this.database.drop();
    assert.equal(wrong, null);
  }
}

// No violation of WCAG 2.2 A and AA that axe can see.
export async function accessible(page, { within } = {}) {
  await page.evaluate(axe);
  const found = await page.evaluate(async (root) => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const r = await window.axe.run(root ?? document, { runOnly: { type: 'tag', values: tags } });
    return r.violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.slice(0, 5).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n').at(-1) ?? ''}`).join('\n    ')}`);
  }, within);
  assert.deepEqual(found, [], `${page.url()}\n${found.join('\n')}`);
}

// Nothing is wider than the window.
export async function fits(page) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth <= room ? null : [...document.body.querySelectorAll('*')]
      .filter((e) => e.getBoundingClientRect().right > room + 1).slice(-3).map((e) => e.outerHTML.slice(0, 160));
  });
  assert.equal(wide, null, `${page.url()} scrolls sideways: ${wide?.join('\n')}`);
}

// A picture in tests/browser/shots (or the folder SHOTS names), for eyes and for the user guide.
export async function shot(page, name, options = {}) {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`), animations: 'disabled', ...options });
}

// The four looks every page has to stand: light, dark, a phone, Chinese.
export const LOOKS = [
  { name: 'light' }, { name: 'dark', dark: true }, { name: 'phone', width: 360 }, { name: 'zh', lang: 'zh' },
];

// The page has its content: the frame stands and nothing is loading any more.
export async function settled(page) {
  await page.locator('main').waitFor();
  // A skeleton appears only after 300 ms of waiting, so quiet has to last longer than that.
  let quiet = 0;
  for (let i = 0; quiet < 400 && i < 100; i++) {
    const loading = await page.evaluate(() => document.querySelector('main')?.childElementCount === 0 || document.querySelector('.skeleton') !== null);
    quiet = loading ? 0 : quiet + 100;
    await page.waitForTimeout(100);
  }
}
