// SPDX-License-Identifier: Apache-2.0
// Real customers from a CSV file, by the wizard: mapping from the header, dry run, run, counts that add up, a second run that changes
// nothing, the orders as a chart, and the whole import taken back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { accessible, open, settled, shot } from './harness.mjs';

const file = (name) => fileURLToPath(new URL(`../../examples/northwind/${name}`, import.meta.url));
let stage;
let page;
before(async () => {
  stage = await open();
  page = await stage.page({ as: 'aisha', width: 1440, height: 900 });
});
after(() => stage?.close());

async function upload(kind, name) {
  await page.goto(stage.at('/import'));
  await settled(page);
  await page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
  await page.locator('input[type=file]').setInputFiles(file(name));
  await page.waitForURL(/\/import\/import_/);
  await page.getByText('Goes into').waitFor();
}

const counts = async () => {
  const cells = await page.locator('.counts dd').allInnerTexts();
  const [read, created, updated, unchanged, skipped, failed] = cells.map((x) => Number(x.replace(/\D/g, '')));
  return { read, created, updated, unchanged, skipped, failed };
};

async function run() {
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText(/Read [\d,]+ = created/).waitFor({ timeout: 60_000 });
  const c = await counts();
  assert.equal(c.read, c.created + c.updated + c.unchanged + c.skipped + c.failed, 'counts add up');
  return c;
}

test('customers: mapping, dry run, run, and again without a change', async () => {
  await upload('Accounts', 'customers.csv');
  assert.equal(await page.getByLabel('Field for column company_name').inputValue(), 'name');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('What would happen').waitFor();
  assert.deepEqual(await counts(), { read: 91, created: 91, updated: 0, unchanged: 0, skipped: 0, failed: 0 });
  await accessible(page);
  await shot(page, 'import-dry-run');
  assert.equal((await run()).created, 91);
  await accessible(page);
  await upload('Accounts', 'customers.csv');
  const second = await run();
  assert.equal(second.created + second.updated, 0);
  assert.equal(second.unchanged, 91);
});

test('products and orders; the account draws its quarters', async () => {
  await upload('Products', 'products.csv');
  assert.equal((await run()).created, 77);
  await upload('Orders', 'order_lines.csv');
  const c = await run();
  assert.equal(c.read, 2155);
  assert.equal(c.failed, 0);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('Save-a-lot');
  await page.getByRole('option', { name: /^Save-a-lot Markets/ }).first().click();
  await page.waitForURL(/\/accounts\/account_/);
  await page.locator('.chart svg').waitFor();
  await accessible(page);
  await shot(page, 'import-orders-chart');
  await page.keyboard.press('t');
  await page.getByRole('columnheader', { name: 'Period' }).waitFor();
});

test('the orders are taken back', async () => {
  await page.goto(stage.at('/import'));
  await settled(page);
  await page.locator('a', { hasText: 'order_lines.csv' }).first().click();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('Taken back').first().waitFor({ timeout: 30_000 });
  await stage.finish(page);
});
