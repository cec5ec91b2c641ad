// SPDX-License-Identifier: Apache-2.0
// A manager erases a person from the person's page; a salesperson is not offered it.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessible, open, settled, shot } from './harness.mjs';

let stage;
before(async () => { stage = await open(); });
after(() => stage?.close());

const firstContact = (page) => page.evaluate(async () => (await (await fetch('/api/v1/contacts?limit=1')).json()).items[0]);
const person = (...roles) => stage.logins.find((l) => roles.includes(l.role)).login.split('@')[0];

test('a manager erases a person', async () => {
  const page = await stage.page({ as: person('admin', 'manager') });
  const contact = await firstContact(page);
  await page.goto(stage.at(`/people/${contact.id}`));
  await settled(page);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Erase this person' }).click();
  const dialog = page.getByRole('dialog');
  assert.match(await dialog.innerText(), new RegExp(`Erase ${contact.name}\\?`));
  await accessible(page);
  await shot(page, 'erase');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await firstContact(page)).id, contact.id);
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Erase this person' }).click();
  await dialog.getByRole('button', { name: 'Erase for good' }).click();
  await page.waitForURL('**/people');
  await settled(page);
  assert.equal(await page.evaluate(async (id) => (await fetch(`/api/v1/contacts/${id}`)).status, contact.id), 404);
  assert.ok(!(await page.locator('main').innerText()).includes(contact.name));
  await stage.finish(page);
});

test('a salesperson is not offered it', async () => {
  const page = await stage.page({ as: person('rep') });
  const contact = await firstContact(page);
  await page.goto(stage.at(`/people/${contact.id}`));
  await settled(page);
  const more = page.getByRole('button', { name: 'More' });
  if (await more.count()) await more.click();
  assert.equal(await page.getByRole('menuitem', { name: 'Erase this person' }).count(), 0);
  await stage.finish(page);
});
