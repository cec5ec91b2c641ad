// SPDX-License-Identifier: Apache-2.0
// The first page a stranger sees, in every look: it works, it is accessible, it fits, and it asks no other host for anything.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LOOKS, accessible, fits, open, shot } from './harness.mjs';

let stage;
before(async () => { stage = await open(); });
after(() => stage?.close());

for (const look of LOOKS) {
  test(`login page, ${look.name}`, async () => {
    const page = await stage.page(look);
    await page.goto(stage.at('/'));
    await page.locator('input[type=password]').waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang.slice(0, 2)), look.lang ?? 'en');
    await accessible(page);
    await fits(page);
    await shot(page, `login-${look.name}`);
    await stage.finish(page);
  });
}
