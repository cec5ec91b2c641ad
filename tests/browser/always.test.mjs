// SPDX-License-Identifier: Apache-2.0
// What must always hold: keys on any layout, undo, two people in one field, no connection, an invitation, a token shown once, language
// and theme that stay, the page as the URL says it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible, open, settled, shot } from './harness.mjs';

let stage;
before(async () => { stage = await open(); });
after(() => stage?.close());

test('an account is edited in place, undone with Z, and a conflict shows both values', async () => {
  const one = await stage.page({ as: 'aisha', width: 1440 });
  const two = await stage.page({ as: 'jonas', width: 1440 });
  for (const page of [one, two]) {
    await page.goto(stage.at('/accounts?sort=name'));
    await settled(page);
  }
  const row = (page) => page.locator('.table-row', { hasText: 'Auenhof Hospital' });
  const edit = (page) => row(page).getByRole('button', { name: 'Edit: City' }).click();
  const before = await row(one).locator('[role=cell]').nth(3).innerText();
  await edit(one);
  await one.locator('input.cell').fill('Lindach');
  await one.keyboard.press('Enter');
  await row(one).getByText('Lindach').waitFor();
  await row(two).getByText('Lindach').waitFor({ timeout: 3000 });
  await one.locator('.table').focus();
  await one.keyboard.press('z');
  await row(one).getByText(before.trim(), { exact: true }).waitFor();
  // Both open the same cell; the second is told, and nothing is lost.
  await row(two).getByText(before.trim(), { exact: true }).waitFor({ timeout: 3000 });
  await edit(two);
  await edit(one);
  await one.locator('input.cell').fill('Moorbad');
  await one.keyboard.press('Enter');
  await row(one).getByText('Moorbad').waitFor();
  await two.locator('input.cell').fill('Aach');
  await two.keyboard.press('Enter');
  await two.getByText('Somebody changed this to Moorbad while you typed Aach.').waitFor();
  await two.getByRole('button', { name: 'Keep mine' }).click();
  await row(one).getByText('Aach').waitFor({ timeout: 3000 });
  await stage.finish(one);
  await stage.finish(two);
});

test('without a connection a change waits and is sent once it is back', async () => {
  const page = await stage.page({ as: 'jonas', width: 1280 });
  await page.goto(stage.at('/deals'));
  await settled(page);
  await page.locator('.card-name').first().click();
  await page.waitForURL(/\/deals\/deal_/);
  await page.goto(`${page.url()}/activity`);
  await settled(page);
  await page.getByPlaceholder('Write to everybody in the room').fill('Written in a tunnel');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.getByText('1 change waits').waitFor();
  await page.context().setOffline(false); // the browser says so and the change goes out by itself
  await page.locator('.timeline').getByText('Written in a tunnel').waitFor();
  assert.equal(await page.locator('.timeline-text', { hasText: 'Written in a tunnel' }).count(), 1);
  await stage.finish(page);
});

test('keys work by position, so on a Russian layout too', async () => {
  const page = await stage.page({ as: 'jonas', width: 1280 });
  await page.goto(stage.at('/'));
  await settled(page);
  const press = (code, key) => page.evaluate(([c, k]) => document.body.dispatchEvent(new KeyboardEvent('keydown', { code: c, key: k, bubbles: true, cancelable: true })), [code, key]);
  await press('KeyG', 'п');
  await press('KeyL', 'д');
  await page.waitForURL(/\/leads$/);
  await page.goBack();
  await page.waitForURL((u) => u.pathname === '/');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await accessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('zaton');
  await accessible(page);
  await shot(page, 'always-palette');
  await page.keyboard.press('Escape');
  await stage.finish(page);
});

test('a pinned record leaves no name on the device; signing out leaves nothing of it on the page', async () => {
  const page = await stage.page({ as: 'aisha', width: 1280 });
  const kept = () => page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  await page.goto(stage.at('/accounts?sort=name'));
  await settled(page);
  await page.locator('.table-row', { hasText: 'Auenhof Hospital' }).getByRole('link').first().click();
  await page.waitForURL(/\/accounts\/account_/);
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.locator('.is-pin', { hasText: 'Auenhof Hospital' }).waitFor();
  assert.match(await kept(), /account_/);
  assert.doesNotMatch(await kept(), /Auenhof/);
  await page.goto(stage.at('/settings/me'));
  await page.locator('.is-pin', { hasText: 'Auenhof Hospital' }).waitFor();
  await page.getByRole('button', { name: 'Log out', exact: true }).last().click();
  await page.getByLabel('E-mail or user name').waitFor();
  assert.doesNotMatch(await kept(), /Auenhof/);
  assert.doesNotMatch(await page.content(), /Auenhof|aisha/i);
  await stage.finish(page);
});

test('an invitation becomes a colleague; a token is shown once; language and theme stay', async () => {
  const admin = await stage.page({ as: 'mara', width: 1280 });
  await admin.goto(stage.at('/settings/users'));
  await settled(admin);
  await admin.getByRole('button', { name: 'Invite somebody' }).click();
  const form = admin.getByRole('dialog');
  await form.getByLabel('Name').fill('Nora Fels');
  await form.getByLabel('E-mail').fill('nora@northwind.example');
  await form.getByRole('button', { name: 'Invite somebody' }).click();
  const link = await form.locator('.once code').innerText();
  const guest = await stage.page({});
  await guest.goto(link);
  await guest.getByLabel('Password', { exact: true }).fill('short');
  await guest.getByLabel('Password again').fill('short');
  await guest.getByRole('button', { name: 'Start' }).click();
  await guest.locator('.field-error, .form-errors').first().waitFor();
  await guest.getByLabel('Password', { exact: true }).fill('four geese above a frozen lake');
  await guest.getByLabel('Password again').fill('four geese above a frozen lake');
  await guest.getByRole('button', { name: 'Start' }).click();
  await guest.getByText('Log in').first().or(guest.getByRole('navigation', { name: 'Main' })).first().waitFor();
  if (await guest.getByLabel('E-mail or user name').isVisible()) {
    await guest.getByLabel('E-mail or user name').fill('nora@northwind.example');
    await guest.getByLabel('Password').fill('four geese above a frozen lake');
    await guest.getByRole('button', { name: 'Log in' }).click();
  }
  await guest.getByText('Nora Fels').first().waitFor();
  await stage.finish(guest);
  await admin.keyboard.press('Escape');
  await admin.goto(stage.at('/settings/tokens'));
  await settled(admin);
  await admin.getByRole('button', { name: 'New token' }).first().click();
  await form.getByLabel('Name').fill('Report');
  await form.getByRole('button', { name: 'New token' }).click();
  assert.match(await form.locator('.once code').innerText(), /^ent_/);
  await admin.keyboard.press('Escape');
  await admin.getByRole('button', { name: 'Revoke' }).click();
  await form.getByRole('button', { name: 'Revoke' }).click();
  await admin.getByText('No tokens yet').waitFor();
  await admin.goto(stage.at('/settings/me'));
  await settled(admin);
  // What is chosen is the user's own record: another browser shows it too.
  const kept = async (name) => {
    const answer = admin.waitForResponse((r) => r.request().method() === 'PATCH' && /\/users\//.test(r.url()));
    await admin.getByRole('button', { name }).click();
    assert.equal((await answer).status(), 200);
  };
  await kept('Русский');
  await admin.getByRole('link', { name: 'Сделки' }).first().waitFor();
  await kept('Тёмное');
  await admin.evaluate(() => localStorage.clear());
  await admin.reload();
  await settled(admin);
  await admin.getByRole('link', { name: 'Сделки' }).first().waitFor();
  assert.equal(await admin.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await accessible(admin);
  await stage.finish(admin);
});
