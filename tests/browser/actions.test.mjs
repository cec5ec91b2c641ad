// SPDX-License-Identifier: Apache-2.0
// Every button does what it says. As salesperson, manager, administrator and viewer, on both sides of a partnership: each action once,
// its outcome read on the page, and no answer of the server above 399 that the page did not mean. Who may not do something is not
// offered it. A planted fault: drop `reason` from the body of the withdrawal in web/src/parts/lead-dialogs.tsx.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { accessible, fits, open, shot } from './harness.mjs';

let stage;
const P = {}; // one page a person, kept over all tests: few loads, many presses
const ids = {};
let refused = [];
const meant = new Set(); // answers a test asked for, as 'STATUS METHOD path'

// A settlement is asked for before there is one, and a partner asks who sees a deal.
const ASKED = [/^(404|409|422) GET \/deals\/[^/]+\/settlement/, /^404 GET \/(deals|accounts)\/[^/]+\/seen-by/];

async function person(who) {
  const page = await stage.page({ as: who, width: 1440, height: 900 });
  await page.evaluate(async () => {
    const s = await (await fetch('/api/v1/session')).json();
    const path = `/api/v1/users/${s.user.id}`;
    const tag = (await fetch(path)).headers.get('etag');
    await fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': tag, 'X-CSRF-Token': s.csrf }, body: '{"lang":"en"}' });
    window.prints = 0;
    window.print = () => { window.prints += 1; };
  });
  await page.reload();
  await page.locator('main').waitFor();
  page.writes = [];
  page.on('request', (r) => { if (!['GET', 'HEAD'].includes(r.method())) page.writes.push(`${r.method()} ${r.url()}`); });
  page.on('response', (r) => {
    const path = r.url().split('/api/v1')[1];
    const said = `${r.status()} ${r.request().method()} ${path?.split('?')[0]}`;
    if (r.status() < 400 || !path || ASKED.some((x) => x.test(said)) || [...meant].some((m) => said.startsWith(m))) return;
    refused.push(`${who}: ${said}`);
  });
  P[who] = page;
  return page;
}

before(async () => {
  stage = await open();
  for (const who of ['aisha', 'jonas', 'yiming', 'ruoqing']) await person(who);
});
after(() => stage?.close());
afterEach(() => {
  const was = refused;
  refused = [];
  meant.clear();
  assert.deepEqual(was, [], 'the server refused what a page offered');
});

// Inside the client a page is one step away; only the first is a load.
async function at(page, path) {
  await page.evaluate((to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate', { state: {} })); }, path);
  await page.waitForFunction(() => document.querySelector('main')?.childElementCount && !document.querySelector('.skeleton'));
}
const dialog = (page) => page.getByRole('dialog').last();
const press = (page, name, where = page) => where.getByRole('button', { name, exact: true }).first().click();
async function more(page, item, where = page.locator('.topbar')) {
  await where.getByRole('button', { name: 'More', exact: true }).first().click();
  await page.locator('[popover]:popover-open').getByRole('menuitem', { name: item }).click();
}
async function offered(page, where = page.locator('.topbar')) {
  const button = where.getByRole('button', { name: 'More', exact: true }).first();
  if (!(await button.count())) return [];
  await button.click();
  const list = await page.locator('[popover]:popover-open [role=menuitem] > span').allInnerTexts();
  await page.keyboard.press('Escape');
  return list;
}
async function submit(page, name) {
  const d = dialog(page);
  await d.getByRole('button', { name, exact: true }).last().click();
  await page.locator('dialog.dialog').waitFor({ state: 'detached' });
}
const says = (page, text) => page.getByText(text).first().waitFor();
const toast = (page, text) => page.locator('.toast').getByText(text).waitFor();
const undo = async (page) => { await page.locator('.toast').getByRole('button', { name: /Undo/ }).click(); };
const gone = (page, text) => page.locator('main').getByText(text).first().waitFor({ state: 'detached' });
const status = (page, href) => page.evaluate(async (h) => (await fetch(h)).status, href);
const json = (page, path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).json(), path);
const idOf = (page) => new URL(page.url()).pathname.split('/')[2];

async function newAccount(page, name) {
  await at(page, '/accounts');
  await page.keyboard.press('c');
  await dialog(page).getByLabel('Name', { exact: true }).fill(name);
  await dialog(page).getByLabel('Industry').selectOption({ label: 'Healthcare' });
  await press(page, 'New account', dialog(page));
  await page.waitForURL(/\/accounts\/account_/);
  return idOf(page);
}
async function newContact(page, account, name) {
  await at(page, `/accounts/${account}/people`);
  await press(page, 'New person', page.locator('main'));
  await dialog(page).getByLabel('Name', { exact: true }).fill(name);
  await submit(page, 'New person');
  await says(page, name);
}

test('accounts: made, changed, undone, filtered, sorted, selected, deleted by who may', async () => {
  const { aisha, jonas } = P;
  await at(aisha, '/accounts');
  await aisha.keyboard.press('c');
  await press(aisha, 'New account', dialog(aisha));
  await says(aisha, 'Fill this in'); // an empty form is not sent
  await aisha.keyboard.press('Escape');
  ids.account = await newAccount(aisha, 'Birkenfeld Klinik');
  await more(aisha, 'Edit account');
  await dialog(aisha).getByLabel('City').fill('Lindach');
  await submit(aisha, 'Save');
  await says(aisha, 'Lindach');
  await undo(aisha);
  await gone(aisha, 'Lindach');
  await press(aisha, 'Pin');
  await aisha.locator('.rail').getByText('Birkenfeld Klinik').waitFor();
  await press(aisha, 'Unpin');
  assert.ok(!(await offered(aisha)).includes('Delete'), 'a salesperson does not delete accounts');

  await at(aisha, '/accounts?sort=name');
  const rows = () => aisha.locator('.table-row').count();
  const all = await rows();
  await press(aisha, 'Filter');
  await aisha.locator('.filter-menu').getByLabel('Industry').selectOption({ label: 'Healthcare' });
  await aisha.keyboard.press('Escape');
  await aisha.locator('.chip', { hasText: 'Healthcare' }).waitFor();
  await aisha.waitForFunction((n) => document.querySelectorAll('.table-row').length < n, all);
  await press(aisha, 'Save this view');
  await dialog(aisha).getByLabel('Name').fill('Clinics');
  await submit(aisha, 'Save');
  await aisha.getByRole('link', { name: 'Clinics', exact: true }).waitFor();
  await press(aisha, 'Remove this view');
  await aisha.getByRole('link', { name: 'Clinics', exact: true }).waitFor({ state: 'detached' });
  await aisha.getByRole('columnheader').getByRole('button', { name: 'Name' }).click();
  assert.match(aisha.url(), /sort=/);
  await aisha.locator('.table-head').getByRole('button', { name: 'Columns' }).click();
  await aisha.locator('.menu-check', { hasText: 'Tax number' }).locator('input').check();
  await aisha.keyboard.press('Escape');
  await aisha.getByRole('columnheader', { name: 'Tax number' }).waitFor();
  await aisha.getByLabel('Select row').first().click();
  await aisha.getByLabel('Select row').nth(1).click();
  await says(aisha, '2 selected');
  assert.equal(await aisha.locator('.bulk').getByRole('button', { name: 'Delete' }).count(), 0);
  await press(aisha, 'Set owner');
  await aisha.locator('[popover]:popover-open').getByRole('menuitem', { name: 'Paul Sommer' }).click();
  await toast(aisha, '2 changed');
  await undo(aisha);
  await press(aisha, 'Clear selection');

  const spare = await newAccount(jonas, 'Kurzlebig GmbH');
  await more(jonas, 'Delete');
  await submit(jonas, 'Delete');
  await jonas.waitForURL(/\/accounts$/);
  await gone(jonas, 'Kurzlebig GmbH');
  meant.add(`404 GET /accounts/${spare}`);
  for (const name of ['accounts', 'deals', 'statements']) assert.equal(await status(jonas, `/api/v1/export/${name}.csv`), 200);
});

test('people: made, changed, deleted; only a manager erases', async () => {
  const { aisha, jonas } = P;
  await newContact(aisha, ids.account, 'Vroni Sailer');
  await newContact(aisha, ids.account, 'Kurt Ohneland');
  await aisha.getByRole('link', { name: 'Kurt Ohneland' }).first().click();
  await aisha.waitForURL(/\/people\/contact_/);
  const kurt = idOf(aisha);
  await press(aisha, 'Edit', aisha.locator('main'));
  await dialog(aisha).getByLabel('Position').fill('Night porter');
  await submit(aisha, 'Save');
  await says(aisha, 'Night porter');
  assert.deepEqual(await offered(aisha), ['Edit person', 'Delete']);
  meant.add(`404 GET /contacts/${kurt}`).add(`404 GET /audit/entries`);
  await more(aisha, 'Delete');
  await submit(aisha, 'Delete');
  await aisha.waitForURL(new RegExp(`/accounts/${ids.account}/people`));
  await gone(aisha, 'Kurt Ohneland');
  await newContact(jonas, ids.account, 'Lutz Vergessen');
  await jonas.getByRole('link', { name: 'Lutz Vergessen' }).first().click();
  await jonas.waitForURL(/\/people\/contact_/);
  meant.add(`404 GET /contacts/${idOf(jonas)}`);
  await more(jonas, 'Erase this person');
  await submit(jonas, 'Erase for good');
  await jonas.waitForURL(/\/people$/);
  await gone(jonas, 'Lutz Vergessen');
});

test('a deal is made, shared by a manager, and its room is used by both companies', async () => {
  const { aisha, jonas, yiming } = P;
  await at(aisha, `/accounts/${ids.account}`);
  await aisha.keyboard.press('c');
  await dialog(aisha).getByLabel('Deal', { exact: true }).fill('Ward kitchen');
  await dialog(aisha).getByLabel('Value').fill('120000');
  await press(aisha, 'New deal', dialog(aisha));
  await aisha.waitForURL(/\/deals\/deal_/);
  ids.deal = idOf(aisha);
  await more(aisha, 'Edit deal');
  await dialog(aisha).getByLabel('Next step').first().fill('Ask for the plan');
  await submit(aisha, 'Save');
  // Sharing is for managers; the salesperson sees who is in.
  await at(aisha, `/deals/${ids.deal}/access`);
  await says(aisha, 'Only your company sees this.');
  assert.equal(await aisha.getByRole('button', { name: 'Share with a partner' }).count(), 0);
  await at(jonas, `/deals/${ids.deal}/access`);
  await press(jonas, 'Share with a partner');
  await dialog(jonas).getByLabel('Company').selectOption({ label: '澜川冷链' });
  await dialog(jonas).getByLabel('What they see').selectOption({ label: 'Plan and stage' });
  await submit(jonas, 'Share with a partner');
  await toast(jonas, /now sees/);
  await jonas.locator('main').getByRole('button', { name: 'Preview', exact: true }).click();
  await dialog(jonas).getByText('Ward kitchen').waitFor();
  assert.equal(await dialog(jonas).getByText('120,000').count(), 0, 'the value is not in this fieldset');
  await jonas.keyboard.press('Escape');
  await jonas.getByRole('button', { name: 'Cut off' }).click();
  await submit(jonas, 'Cut off');
  await press(jonas, 'Share with a partner');
  await dialog(jonas).getByLabel('Company').selectOption({ label: '澜川冷链' });
  await submit(jonas, 'Share with a partner');
  await at(aisha, `/deals/${ids.deal}/access`);
  await aisha.locator('main').getByRole('button', { name: 'Preview', exact: true }).waitFor();
  assert.equal(await aisha.getByRole('button', { name: 'Cut off' }).count(), 0);

  // Plan: done and open again, changed, given to the partner, deleted.
  await at(aisha, `/deals/${ids.deal}/plan`);
  const task = async (title, company) => {
    await aisha.locator('main').getByRole('button', { name: 'New task' }).first().click();
    await dialog(aisha).getByLabel('What is to be done').fill(title);
    if (company) {
      await dialog(aisha).getByLabel('Kind').selectOption({ label: 'Help wanted' }).catch(() => dialog(aisha).getByLabel('Kind').selectOption('help'));
      await dialog(aisha).getByLabel('Whose task').selectOption({ label: company });
      await dialog(aisha).getByLabel('Person').selectOption('');
    }
    await submit(aisha, 'New task');
    await aisha.locator('.task', { hasText: title }).waitFor();
  };
  await task('Count the trolleys');
  await aisha.getByLabel('Done: Count the trolleys').click();
  await aisha.getByText('1 done').click();
  await aisha.getByLabel('Done: Count the trolleys').click();
  await aisha.locator('.task:not(.is-done)', { hasText: 'Count the trolleys' }).waitFor();
  await more(aisha, 'Edit', aisha.locator('.task', { hasText: 'Count the trolleys' }));
  await dialog(aisha).getByLabel('What is to be done').fill('Count the cold trolleys');
  await submit(aisha, 'Save');
  await more(aisha, 'Delete', aisha.locator('.task', { hasText: 'cold trolleys' }));
  await aisha.locator('.task', { hasText: 'cold trolleys' }).waitFor({ state: 'detached' });
  await task('Measure the cold room', '澜川冷链');
  await at(yiming, `/deals/${ids.deal}/plan`);
  await yiming.getByLabel('Done: Measure the cold room').click();
  await aisha.getByText('1 done').waitFor();

  // Evidence: logged, contradicted, confirmed, deleted.
  await at(aisha, `/deals/${ids.deal}/evidence`);
  await aisha.keyboard.press('l');
  await dialog(aisha).getByLabel('Who at the customer').fill('Vroni Sailer');
  await submit(aisha, 'Log evidence');
  const claim = aisha.locator('.claims .row').first();
  await claim.waitFor();
  await more(aisha, 'Contradicted', claim);
  await claim.locator('.is-neg').waitFor();
  await more(aisha, 'Confirmed by the buyer', claim);
  await claim.locator('.is-neg').waitFor({ state: 'detached' });
  await more(aisha, 'Delete', claim);
  await submit(aisha, 'Delete');
  await says(aisha, 'No evidence yet');

  // Activity and comments: written, corrected, deleted; the partner is not offered ours.
  await at(aisha, `/deals/${ids.deal}/activity`);
  await press(aisha, 'Log activity', aisha.locator('main'));
  await dialog(aisha).getByLabel('What was said or done').fill('Walked the kitchen');
  await dialog(aisha).getByLabel('Minutes').fill('40');
  await submit(aisha, 'Log activity');
  const entry = (text) => aisha.locator('.timeline li', { hasText: text });
  await entry('Walked the kitchen').waitFor();
  await more(aisha, 'Edit', entry('Walked the kitchen'));
  await dialog(aisha).getByLabel('What was said or done').fill('Walked both kitchens');
  await submit(aisha, 'Save');
  await entry('Walked both kitchens').waitFor();
  await aisha.getByPlaceholder('Write to everybody in the room').fill('The east door is narow');
  await press(aisha, 'Comment');
  await entry('narow').waitFor();
  await more(aisha, 'Edit', entry('narow'));
  await dialog(aisha).getByLabel('Comment').fill('The east door is narrow');
  await submit(aisha, 'Save');
  await at(yiming, `/deals/${ids.deal}/activity`);
  await yiming.locator('.timeline li', { hasText: 'narrow' }).waitFor();
  assert.equal(await yiming.locator('.timeline').getByRole('button', { name: 'More' }).count(), 0);
  for (const text of ['narrow', 'both kitchens']) {
    await more(aisha, 'Delete', entry(text));
    await submit(aisha, 'Delete');
    await entry(text).waitFor({ state: 'detached' });
  }

  // Contributions: one's own can be taken away, the other side's is signed.
  await at(yiming, `/deals/${ids.deal}/money`);
  const contribute = async (page, note) => {
    await press(page, 'Add contribution');
    await dialog(page).getByLabel('In a sentence').fill(note);
    await submit(page, 'Add contribution');
    await says(page, note);
  };
  await contribute(yiming, 'Brought the measuring');
  await at(aisha, `/deals/${ids.deal}/money`);
  await press(aisha, 'Co-sign');
  await says(yiming, /co-signed by Aisha Grant/);
  await contribute(yiming, 'Brought nothing');
  await yiming.locator('main').getByRole('button', { name: 'Delete' }).click();
  await gone(yiming, 'Brought nothing');
});

test('the outcome of a deal: claimed and taken back, lost with a reason, open again, won; deleted by a manager', async () => {
  const { aisha, jonas, yiming } = P;
  await at(aisha, `/deals/${ids.deal}`);
  await more(aisha, 'Claim a stage');
  await press(aisha, 'Only claim it', dialog(aisha));
  await says(aisha, 'Fill this in');
  await dialog(aisha).getByLabel('Why do you think so?').fill('He nodded');
  await submit(aisha, 'Only claim it');
  await says(aisha, 'Claimed, not proven');
  await more(aisha, 'Take the claim back');
  await aisha.locator('main').getByText('Claimed, not proven').waitFor({ state: 'detached' });
  await undo(aisha);
  await says(aisha, 'Claimed, not proven');
  assert.deepEqual(await offered(yiming), ['Log activity', 'New task'], 'a partner is offered what a partner may');
  await more(aisha, 'Mark as lost');
  await press(aisha, 'Mark as lost', dialog(aisha));
  await says(aisha, 'Fill this in');
  await dialog(aisha).getByLabel('Reason').fill('They build it themselves');
  await submit(aisha, 'Mark as lost');
  await toast(aisha, 'Closed as not won');
  assert.equal(await aisha.locator('.toast button').count(), 0, 'reopening is for managers');
  assert.ok(!(await offered(aisha)).includes('Reopen'));
  await at(jonas, `/deals/${ids.deal}`);
  await more(jonas, 'Reopen');
  await dialog(jonas).getByLabel('Reason').fill('They do not, after all');
  await submit(jonas, 'Reopen');
  await toast(jonas, 'Open again');
  await more(jonas, 'Mark as lost');
  await dialog(jonas).getByLabel('Outcome').selectOption({ index: 1 });
  await dialog(jonas).getByLabel('Reason').fill('No budget');
  await submit(jonas, 'Mark as lost');
  await undo(jonas);
  await jonas.getByRole('button', { name: 'Won', exact: true }).click();
  await submit(jonas, 'Mark as won');
  await says(jonas, 'Won: €120,000.00.');
  // A deal nobody handed over goes.
  await at(jonas, `/accounts/${ids.account}/deals`);
  await jonas.keyboard.press('c');
  await dialog(jonas).getByLabel('Deal', { exact: true }).fill('Wrong deal');
  await press(jonas, 'New deal', dialog(jonas));
  await jonas.waitForURL(/\/deals\/deal_/);
  meant.add(`404 GET /deals/${idOf(jonas)}`);
  await more(jonas, 'Delete');
  await submit(jonas, 'Delete');
  await jonas.waitForURL(/\/deals$/);
});
