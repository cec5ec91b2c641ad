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

// The language is the person's own record.
async function speaks(page, lang) {
  await page.evaluate(async (to) => {
    const s = await (await fetch('/api/v1/session')).json();
    const path = `/api/v1/users/${s.user.id}`;
    const tag = (await fetch(path)).headers.get('etag');
    await fetch(path, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json', 'If-Match': tag, 'X-CSRF-Token': s.csrf }, body: JSON.stringify({ lang: to }) });
  }, lang);
  await page.reload();
  await page.locator('main').waitFor();
}

async function person(who) {
  const page = await stage.page({ as: who, width: 1440, height: 900 });
  await page.addInitScript(() => { window.prints = 0; window.print = () => { window.prints += 1; }; });
  await speaks(page, 'en');
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
  await page.evaluate((to) => {
    document.querySelector('main')?.setAttribute('data-former', '');
    history.pushState({}, '', to);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, path);
  // A page that is loaded when asked for leaves the former one for a moment; another tab of the same record keeps its frame.
  await page.waitForFunction(() => !document.querySelector('main[data-former]'), null, { timeout: 400 }).catch(() => {});
  await page.waitForFunction(() => document.querySelector('main')?.childElementCount && !document.querySelector('.skeleton'));
}
const dialog = (page) => page.getByRole('dialog').last();
const press = (page, name, where = page) => where.getByRole('button', { name, exact: true }).first().click();
async function more(page, item, where = page.locator('.topbar')) {
  // What the other company did a moment ago may draw the menu anew while it opens.
  for (let tries = 0; ; tries++)
    try {
      await where.getByRole('button', { name: 'More', exact: true }).first().click();
      return await page.locator('[popover]:popover-open').getByRole('menuitem', { name: item }).click({ timeout: 1500 });
    } catch (e) {
      if (tries === 3) throw e;
      await page.keyboard.press('Escape');
    }
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

const leads = async (page, direction) => (await json(page, `/leads?filter[direction]=${direction}&limit=50`)).items;

test('leads: taken back, declined, worked, known before; the consent withdrawn on both sides', async () => {
  const { aisha, jonas, yiming } = P;
  // The sender takes back what waits, with a reason; "other" needs a word more.
  const waiting = (await leads(aisha, 'given')).find((l) => l.state === 'pending' && l.need === 'Cold rooms');
  await at(aisha, `/leads/${waiting.id}`);
  await press(aisha, 'Why this partner');
  await dialog(aisha).locator('.reasons li').first().waitFor();
  await aisha.keyboard.press('Escape');
  await press(aisha, 'Take it back');
  await dialog(aisha).getByLabel('Reason').selectOption({ label: 'Other' });
  await press(aisha, 'Take it back', dialog(aisha));
  await says(aisha, 'Fill this in');
  await dialog(aisha).getByLabel('Comment').fill('They closed the site');
  await submit(aisha, 'Take it back');
  await says(aisha, 'They closed the site');
  await aisha.locator('.lead-detail .lead-withdrawn').waitFor();
  await at(yiming, '/leads');
  // The receiver declines, with a word for "other".
  const received = await leads(jonas, 'received');
  const unwanted = received.find((l) => ['pending', 'received'].includes(l.state) && l.need === 'Imported food');
  await at(jonas, `/leads/${unwanted.id}`);
  await press(jonas, 'Decline');
  await dialog(jonas).getByLabel('Reason').selectOption({ label: 'Other' });
  await press(jonas, 'Decline', dialog(jonas));
  await says(jonas, 'Fill this in');
  await dialog(jonas).getByLabel('Comment').fill('We stopped importing');
  await submit(jonas, 'Decline');
  await says(jonas, 'We stopped importing');
  // Accepted, and then found among the customers one had: an account older than the hand-over is the proof.
  const known = received.find((l) => ['pending', 'received'].includes(l.state) && l.need === 'Hotel breakfast range');
  await at(jonas, `/leads/${known.id}`);
  await jonas.getByRole('button', { name: 'Accept and open' }).first().click();
  await jonas.waitForURL(/\/deals\/deal_/);
  await at(jonas, `/leads/${known.id}`);
  await press(jonas, 'We knew them already');
  await press(jonas, 'We knew them already', dialog(jonas));
  await says(jonas, 'Fill this in');
  const proof = dialog(jonas).getByRole('combobox', { name: 'Your account' });
  const anker = dialog(jonas).getByRole('option', { name: /Hotel Zum Anker/ });
  for (let tries = 0; tries < 5 && !(await anker.isVisible()); tries++) {
    await proof.fill('');
    await proof.fill('zum Anker');
    await anker.waitFor({ timeout: 2000 }).catch(() => {});
  }
  await anker.click();
  await accessible(jonas);
  await shot(jonas, 'action-lead-known');
  await submit(jonas, 'We knew them already');
  await jonas.locator('.lead-detail .lead-duplicate').waitFor();
  // Worked step by step, each seen by the sender.
  const open_ = (await leads(yiming, 'received')).find((l) => l.state === 'accepted');
  await at(yiming, `/leads/${open_.id}`);
  await at(aisha, `/leads/${open_.id}`);
  for (const [step, state] of [['Contact made', 'Reached'], ['Qualified', 'Qualified'], ['Quoted', 'Quoted']]) {
    await press(yiming, step, yiming.locator('.lead-detail'));
    await yiming.locator('.lead-detail .lead-state', { hasText: state }).waitFor();
  }
  await aisha.locator('.lead-detail .lead-state', { hasText: 'Quoted' }).waitFor();
  // The customer takes the consent back: a warning on the lead and the deal of both.
  await press(yiming, 'Customer withdrew consent');
  await dialog(yiming).getByLabel('What the customer said').fill('Please stop writing to me');
  await accessible(yiming);
  await submit(yiming, 'Record the withdrawal');
  for (const page of [yiming, aisha]) {
    await page.locator('.lead-detail .banner-warn', { hasText: 'Please stop writing to me' }).waitFor();
    await page.locator('.consents').getByText('withdrawn', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Customer withdrew consent' }).count(), 0);
  }
  await accessible(aisha);
  await shot(aisha, 'action-consent-withdrawn');
  await at(yiming, `/deals/${open_.deal}`);
  await yiming.locator('.banner-warn', { hasText: 'withdrew the consent' }).waitFor();
  // Before anybody accepted, the withdrawal takes the lead back too.
  const sent = (await leads(aisha, 'given')).find((l) => ['pending', 'received'].includes(l.state));
  await at(aisha, `/leads/${sent.id}`);
  await press(aisha, 'Customer withdrew consent');
  await submit(aisha, 'Record the withdrawal');
  await aisha.locator('.lead-detail .lead-withdrawn').waitFor();
});

test('agreements: drafted, rejected, ended, changed while in force, suspended and resumed by the same side', async () => {
  const { jonas, ruoqing, aisha } = P;
  await at(jonas, '/partners');
  await jonas.getByRole('link', { name: /New agreement/ }).waitFor();
  await jonas.keyboard.press('c');
  await jonas.waitForURL(/\/agreements\/new/);
  await jonas.getByLabel('Partner', { exact: true }).selectOption({ label: '澜川冷链' });
  await jonas.getByLabel('Title').fill('Ice for fairs');
  await press(jonas, 'Propose to 澜川冷链');
  await says(jonas, 'Fill this in'); // nothing is agreed without a purpose
  await jonas.getByLabel('Purpose').fill('Ice where the food is');
  await jonas.getByLabel('Division of labour').fill('One brings it, one keeps it.');
  await jonas.getByLabel('Rate, percent').fill('4');
  await jonas.getByLabel(/Send to .* now/).uncheck();
  await press(jonas, 'Save as draft');
  await jonas.waitForURL(/\/agreements\/agreement_/);
  const draft = idOf(jonas);
  await says(jonas, 'This is a draft');
  await jonas.getByRole('link', { name: /^Edit/ }).first().click();
  await jonas.getByLabel('Rate, percent').fill('5');
  await jonas.getByLabel(/Send to .* now/).uncheck();
  await press(jonas, 'Save as draft');
  await jonas.waitForURL(new RegExp(`/agreements/${draft}`));
  await press(jonas, 'Propose to 澜川冷链');
  await says(jonas, 'Waiting for 澜川冷链');
  await at(ruoqing, `/agreements/${draft}`);
  await press(ruoqing, 'Reject');
  await press(ruoqing, 'Reject', dialog(ruoqing));
  await says(ruoqing, 'Fill this in');
  await dialog(ruoqing).getByLabel('Reason').fill('We make no ice');
  await submit(ruoqing, 'Reject');
  await says(jonas, 'We make no ice');
  assert.equal(await jonas.getByRole('link', { name: 'Counter' }).count(), 0);
  // A change of what is in force: the other side accepts it or answers with another.
  const active = (await json(jonas, '/agreements?limit=50')).items.find((a) => a.title === 'Food and cold');
  await at(jonas, `/agreements/${active.id}`);
  await jonas.getByRole('link', { name: /Propose a change/ }).click();
  await jonas.getByLabel('Protection, days').fill('200');
  await press(jonas, 'Propose to 澜川冷链');
  await jonas.waitForURL(/compare/);
  await at(ruoqing, `/agreements/${active.id}`);
  await says(ruoqing, 'proposes version 3');
  assert.equal(await ruoqing.getByRole('button', { name: 'Reject' }).count(), 0);
  await ruoqing.getByRole('button', { name: /^Accept/ }).first().click();
  await submit(ruoqing, 'Accept');
  await says(jonas, 'Same SHA-256, same bytes');
  await press(jonas, 'Compare 2 with 3');
  await jonas.locator('ins', { hasText: '200' }).waitFor();
  await press(jonas, 'Record');
  await jonas.locator('a[href*="/audit/proof?seq="]').first().waitFor();
  assert.equal(await status(jonas, await jonas.locator('a[href*="/audit/proof?seq="]').first().getAttribute('href')), 200);
  assert.equal(await status(jonas, `/api/v1/agreements/${active.id}/versions/3/document`), 200);
  await jonas.getByRole('button', { name: 'Print' }).click();
  assert.equal(await jonas.evaluate(() => window.prints), 1);
  // Suspended by one side, resumed by that side only.
  await more(ruoqing, 'Suspend');
  await dialog(ruoqing).getByLabel('Reason').fill('Full until spring');
  await submit(ruoqing, 'Suspend');
  await says(jonas, '澜川冷链 suspended it');
  assert.ok(!(await offered(jonas)).includes('Resume'));
  await more(ruoqing, 'Resume');
  await toast(ruoqing, 'Saved');
  await jonas.getByText('suspended it').waitFor({ state: 'detached' });
  await at(aisha, `/agreements/${active.id}`);
  await says(aisha, 'Same SHA-256');
  assert.equal(await aisha.getByRole('link', { name: /Propose a change/ }).count(), 0);
  assert.deepEqual(await offered(aisha), []);
  // Ended at last, with a reason.
  await at(jonas, `/agreements/new?with=${(await json(jonas, '/session')).company.id === active.company ? active.other : active.company}`);
  await jonas.getByLabel('Title').fill('Never sent');
  await jonas.getByLabel('Purpose').fill('Nothing');
  await jonas.getByLabel('Division of labour').fill('Nobody does it.');
  await jonas.getByLabel('Rate, percent').fill('1/3');
  await jonas.getByLabel(/Send to .* now/).uncheck();
  await press(jonas, 'Save as draft');
  await jonas.waitForURL(/\/agreements\/agreement_/);
  await more(jonas, 'End the agreement');
  await dialog(jonas).getByLabel('Reason').fill('Written twice');
  await submit(jonas, 'End the agreement');
  await says(jonas, 'Written twice');
});

test('statements: disputed, taken back, settled anew, approved, paid, reversed; the same bytes', async () => {
  const { aisha, jonas, ruoqing } = P;
  const draft = (await json(jonas, '/statements?limit=50')).items.find((s) => s.state === 'draft');
  await at(jonas, `/money/${draft.id}`);
  await at(ruoqing, `/money/${draft.id}`);
  await says(jonas, 'Where it stands');
  assert.equal(await jonas.getByRole('button', { name: 'Dispute a line' }).count(), 0, 'one disputes what the other side prepared');
  await press(ruoqing, 'Dispute a line');
  await press(ruoqing, 'Dispute a line', dialog(ruoqing));
  await says(ruoqing, 'Fill this in');
  await dialog(ruoqing).getByLabel('Reason').fill('The base is the old price');
  await submit(ruoqing, 'Dispute a line');
  await says(jonas, 'The base is the old price');
  assert.ok(await jonas.getByRole('button', { name: 'Approve as second person' }).isDisabled(), 'not over the head of who disputes');
  await more(jonas, 'Take back');
  await dialog(jonas).getByLabel('Reason').fill('Old price');
  await submit(jonas, 'Take back');
  await says(jonas, 'Old price');
  await at(aisha, `/deals/${draft.deal}/money`);
  await press(aisha, 'Settle');
  await aisha.waitForURL(/\/money\/statement_/);
  const statement = idOf(aisha);
  assert.notEqual(statement, draft.id);
  assert.ok(await aisha.getByRole('button', { name: 'Approve as second person' }).isDisabled());
  await at(jonas, `/money/${statement}`);
  await at(ruoqing, `/money/${statement}`);
  assert.ok(await ruoqing.getByRole('button', { name: 'Approve as second person' }).isDisabled(), 'it pays her');
  await says(jonas, 'Needs a second person');
  await jonas.keyboard.press('a');
  await says(ruoqing, 'Approved by');
  for (const page of [jonas, ruoqing]) {
    await press(page, 'Recompute');
    await says(page, 'Verified');
    for (const kind of ['csv', 'document']) assert.equal(await status(page, `/api/v1/statements/${statement}/${kind}`), 200);
  }
  assert.ok(!(await offered(ruoqing)).includes('Record payment'), 'the payer records it');
  await press(jonas, 'Record payment', jonas.locator('main'));
  await press(jonas, 'Record payment', dialog(jonas));
  await says(jonas, 'Fill this in');
  await dialog(jonas).getByLabel('Payment reference').fill('SEPA 4711');
  await submit(jonas, 'Record payment');
  await says(ruoqing, 'SEPA 4711');
  await more(ruoqing, 'Reverse');
  await dialog(ruoqing).getByLabel('Reason').fill('Paid for the wrong deal');
  await submit(ruoqing, 'Reverse');
  await ruoqing.waitForURL((u) => u.pathname.startsWith('/money/') && !u.pathname.includes(statement));
  await says(ruoqing, 'Reverses an earlier statement');
  await at(ruoqing, `/money/${statement}`);
  assert.ok(!(await offered(ruoqing)).includes('Reverse'), 'once is enough');
  await at(jonas, '/money');
  await press(jonas, 'We earn');
  await press(jonas, 'All');
});

test('settings: people, invitations, links, password, sessions, hours; language and theme', async () => {
  const { jonas } = P;
  const mara = await person('mara');
  await at(jonas, '/settings/users');
  await says(jonas, 'Paul Sommer');
  assert.equal(await jonas.getByRole('button', { name: 'Invite somebody' }).count(), 0);
  assert.equal(await jonas.getByRole('link', { name: 'Invitations' }).count(), 0);
  await at(mara, '/settings/users');
  const paul = mara.locator('li.row', { hasText: 'Paul Sommer' });
  await paul.getByLabel('Role: Paul Sommer').selectOption({ label: 'Viewer' });
  await toast(mara, 'Saved');
  await undo(mara);
  await mara.waitForFunction(() => [...document.querySelectorAll('li.row')].find((r) => r.textContent.includes('Paul Sommer'))?.querySelector('select').value === 'rep');
  await press(mara, 'Deactivate', paul);
  await paul.getByText('inactive').waitFor();
  await press(mara, 'Activate', paul);
  await paul.getByText('inactive').waitFor({ state: 'detached' });
  await press(mara, 'New password link: Paul Sommer');
  await press(mara, 'Make the link', dialog(mara));
  await dialog(mara).locator('.once code', { hasText: '/invite#' }).waitFor();
  await mara.keyboard.press('Escape');
  await at(mara, '/settings/invitations');
  await mara.getByRole('button', { name: 'Invite somebody' }).first().click();
  await dialog(mara).getByLabel('Name').fill('Ivo Kranz');
  await dialog(mara).getByLabel('E-mail').fill('ivo@northwind.example');
  await press(mara, 'Invite somebody', dialog(mara));
  await dialog(mara).locator('.once code').waitFor();
  await mara.keyboard.press('Escape');
  const ivo = mara.locator('li.row', { hasText: 'Ivo Kranz' });
  await press(mara, 'Withdraw', ivo);
  await submit(mara, 'Withdraw');
  await ivo.waitFor({ state: 'detached' });
  await at(mara, '/settings/calendar');
  await mara.getByLabel('Saturday', { exact: true }).check();
  await mara.getByLabel('Saturday: to').fill('13:00');
  await mara.getByLabel('Day', { exact: true }).fill('2026-12-24');
  await press(mara, 'Add');
  await press(mara, 'Save');
  await toast(mara, 'Saved');
  await at(jonas, '/settings/calendar');
  await says(jonas, /24 Dec/);
  await at(mara, '/settings/record');
  await mara.locator('.checkpoint').waitFor();
  assert.equal(await status(mara, '/api/v1/audit/checkpoint'), 200);

  // Another browser of the same person: seen, ended with the password, and all of them at the end.
  meant.add('401 GET /events'); // the stream of a session that ended
  const other = await stage.page({ as: 'mara' });
  await at(mara, '/settings/me');
  await mara.reload();
  await press(mara, 'Change password');
  meant.add('422 POST /users/').add('422 POST /sessions/');
  await dialog(mara).getByLabel('Current password').fill('not this one');
  await dialog(mara).getByLabel('New password').fill('seven quiet herons by the weir');
  await press(mara, 'Save', dialog(mara));
  await dialog(mara).locator('.field-error').waitFor();
  await mara.keyboard.press('Escape');
  await mara.locator('.sessions').getByRole('button', { name: 'End this session' }).first().click();
  await dialog(mara).getByLabel('Current password').fill('not this one');
  await press(mara, 'End this session', dialog(mara));
  await dialog(mara).locator('.field-error').waitFor();
  const { password } = stage.login('mara');
  await dialog(mara).getByLabel('Current password').fill(password);
  await submit(mara, 'End this session');
  await toast(mara, 'Session ended');
  await press(mara, 'Change password');
  await dialog(mara).getByLabel('Current password').fill(password);
  await dialog(mara).getByLabel('New password').fill('seven quiet herons by the weir');
  await submit(mara, 'Save');
  await toast(mara, 'every other session');
  await accessible(mara);
  await shot(mara, 'action-settings-me');
  await mara.getByRole('button', { name: 'Dark' }).click();
  await mara.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await mara.getByRole('button', { name: 'As the system' }).click();
  await mara.getByRole('button', { name: '简体中文' }).click();
  await mara.getByRole('link', { name: '商机' }).first().waitFor();
  await mara.getByRole('button', { name: 'English' }).click();
  await mara.getByRole('link', { name: 'Deals' }).first().waitFor();
  for (const r of ['401 GET /', '401 POST /']) meant.add(r);
  await press(mara, 'Log out everywhere');
  await submit(mara, 'Log out everywhere');
  await mara.getByRole('button', { name: 'Log in' }).waitFor();
  assert.equal(await status(other, '/api/v1/session'), 401);
  await other.context().close();
});

test('Today: every action leads where it says; later, done and undo', async () => {
  for (const who of ['aisha', 'jonas', 'yiming']) {
    const page = P[who];
    const { actions } = await json(page, '/today');
    await at(page, '/');
    await page.locator('.action').first().waitFor();
    for (const a of actions.slice(0, 6)) {
      const link = page.locator('.action-title a', { hasText: a.title }).first();
      const href = await link.getAttribute('href');
      assert.match(href, a.record.startsWith('task_') ? /\/deals\/deal_.*\/plan/ : new RegExp(a.record), a.kind);
      await link.focus();
      await page.locator('.action.is-on', { hasText: a.title }).locator('.btn-primary').click();
      if (a.record.startsWith('deal_') && !/next|task|promise/.test(a.kind)) {
        await dialog(page).getByText('What it shows').waitFor();
        await page.keyboard.press('Escape');
      } else await page.waitForURL((u) => u.pathname !== '/');
      await page.locator('main').waitFor();
      await at(page, '/');
    }
  }
  const { aisha } = P;
  const { actions } = await json(aisha, '/today');
  const task = actions.find((a) => a.record.startsWith('task_'));
  const row = (a) => aisha.locator('.action', { hasText: a.title });
  await row(task).locator('.action-title a').focus();
  await aisha.locator('.action.is-on', { hasText: task.title }).waitFor();
  await aisha.keyboard.press('s');
  await row(task).waitFor({ state: 'detached' });
  await aisha.keyboard.press('z');
  await row(task).locator('.action-title a').focus();
  await aisha.keyboard.press('d');
  await row(task).waitFor({ state: 'detached' });
  await undo(aisha);
  await row(task).waitFor();
});

test('search, palette and keys', async () => {
  const { aisha } = P;
  await at(aisha, '/');
  await aisha.keyboard.press('Control+k');
  await aisha.getByRole('combobox').fill('#Seafood');
  await aisha.getByRole('option').first().waitFor();
  await aisha.keyboard.press('Enter');
  await aisha.waitForURL(/\/deals\/deal_/);
  await aisha.keyboard.press('Control+k');
  await aisha.getByRole('combobox').fill('>activ');
  await aisha.keyboard.press('Enter');
  await dialog(aisha).getByLabel('What was said or done').waitFor();
  await aisha.keyboard.press('Escape');
  await aisha.keyboard.press('/');
  await aisha.getByRole('combobox').fill('@Vroni');
  await aisha.getByRole('option', { name: /Vroni Sailer/ }).click();
  await aisha.waitForURL(/\/people\/contact_/);
  await aisha.getByRole('heading', { level: 1, name: 'Vroni Sailer' }).waitFor();
  await aisha.keyboard.press('e');
  await dialog(aisha).getByLabel('Position').waitFor();
  await aisha.keyboard.press('Escape');
  for (const [keys, path] of [['gd', '/deals'], ['ga', '/accounts'], ['gp', '/people'], ['gn', '/partners'], ['gl', '/leads'], ['gm', '/money'], ['gt', '/']]) {
    for (const k of keys) await aisha.keyboard.press(k);
    await aisha.waitForURL((u) => u.pathname === path);
  }
  await at(aisha, `/deals/${ids.deal}`);
  await aisha.keyboard.press(']');
  await aisha.waitForURL(/evidence/);
  await aisha.keyboard.press('[');
  await aisha.waitForURL((u) => !u.pathname.endsWith('evidence'));
});

test('import: no file, no header, nothing mapped, bad rows; a colleague may not take it back', async () => {
  const { aisha, yiming } = P;
  await at(aisha, '/import');
  const give = (name, text) => aisha.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  meant.add('422 POST /imports').add('400 POST /imports');
  await give('empty.csv', '');
  await aisha.locator('.toast-neg').waitFor();
  await give('two.csv', 'name,country,nonsense\nOrtwin GmbH,DE,x\n,DE,y\nTannhof,Atlantis,z\n');
  await aisha.waitForURL(/\/import\/import_/);
  await says(aisha, 'Goes into');
  await aisha.getByLabel('Field for column name').selectOption('');
  await aisha.getByLabel('Field for column country').selectOption('');
  assert.ok(await aisha.getByRole('button', { name: 'Import', exact: true }).isDisabled());
  await aisha.getByLabel('Field for column name').selectOption({ label: 'Name' });
  await aisha.getByLabel('Field for column country').selectOption({ label: 'Country' });
  await press(aisha, 'Dry run');
  await says(aisha, 'Rows with errors');
  await accessible(aisha);
  await press(aisha, 'Import');
  await says(aisha, 'Take it back');
  assert.equal(await status(aisha, await aisha.getByRole('link', { name: 'Download these rows' }).getAttribute('href')), 200);
  await press(aisha, 'Take it back');
  await submit(aisha, 'Take it back');
  await says(aisha, 'Every record is as it was before');
  meant.add('404 GET /imports/');
  await at(yiming, new URL(aisha.url()).pathname);
  await says(yiming, 'Not here, or not for you');
  await at(yiming, '/');
});

test('a viewer sees it all and is offered nothing that writes', async () => {
  const greta = await person('greta');
  const deal = (await json(greta, '/deals?limit=100')).items.find((d) => d.outcome === 'open' && d.company === undefined ? false : d.outcome === 'open');
  const account = (await json(greta, '/accounts?limit=1')).items[0].id;
  const contact = (await json(greta, '/contacts?limit=1')).items[0].id;
  const lead = (await leads(greta, 'given'))[0].id;
  const received = (await leads(greta, 'received')).find((l) => l.state === 'received' || l.state === 'pending')?.id ?? lead;
  const agreement = (await json(greta, '/agreements?limit=5')).items[0].id;
  const statement = (await json(greta, '/statements?limit=5')).items[0].id;
  const partner = (await json(greta, '/partners')).items[0].id;
  const WRITES = /^(New|Hand over|Log|Add|Edit|Delete|Won|Mark|Claim|Accept|Decline|Counter|Reject|Suspend|End|Resume|Propose|Settle|Co-sign|Approve|Dispute|Take|Import|Invite|Cut|Share|Comment|Record payment|Reverse|Deactivate|Set owner|Attach|Plan it)\b/;
  const pages = ['/', '/deals', '/deals?view=table', '/accounts', '/people', '/leads', '/partners', '/money', '/import', `/accounts/${account}`, `/accounts/${account}/people`,
    `/accounts/${account}/deals`, `/people/${contact}`, `/leads/${lead}`, `/leads/${received}`, `/agreements/${agreement}`, `/money/${statement}`, `/partners/${partner}`,
    ...['', '/evidence', '/plan', '/activity', '/money', '/access'].map((x) => `/deals/${deal.id}${x}`), '/settings/users', '/settings/calendar'];
  for (const path of pages) {
    await at(greta, path);
    await greta.waitForTimeout(120);
    const names = await greta.evaluate(() => [...document.querySelectorAll('.stage button, .stage a.btn')]
      .filter((b) => b.checkVisibility() && !b.disabled && !b.closest('.view-own, .views-list')).map((b) => b.getAttribute('aria-label') ?? b.querySelector('.btn-text')?.textContent ?? b.textContent.trim()));
    assert.deepEqual(names.filter((n) => WRITES.test(n)), [], path);
    assert.deepEqual(await offered(greta).then((l) => l.filter((n) => WRITES.test(n))), [], path);
    for (const key of ['c', 'h', 'l', 'e', 'a', 'n']) await greta.keyboard.press(key);
    const shown = await greta.locator('dialog.dialog[open]').count();
    assert.equal(shown, 0, `${path} opens a form`);
  }
  assert.deepEqual(greta.writes, [], 'nothing was sent');
});

test('what is new stands in every look', async () => {
  const open_ = (await leads(P.yiming, 'received')).find((l) => l.state === 'quoted');
  for (const look of [{ name: 'dark', dark: true, width: 1440 }, { name: 'phone', width: 360 }, { name: 'zh', lang: 'zh' }, { name: 'ru', lang: 'ru' }]) {
    const page = await stage.page({ as: 'yiming', ...look });
    await speaks(page, look.lang ?? 'en');
    await at(page, `/leads/${open_.id}`);
    await page.locator('.consents').waitFor();
    await accessible(page);
    await fits(page);
    await shot(page, `action-lead-${look.name}`);
    await page.context().close();
  }
});
