// SPDX-License-Identifier: Apache-2.0
// Every page with the demo alliance, in every look: it has content, is accessible, fits the window, logs nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LOOKS, accessible, fits, open, settled, shot } from './harness.mjs';

const PAGES = ['/', '/accounts', '/people', '/deals', '/leads', '/partners', '/money', '/settings', '/import'];

let stage;
before(async () => { stage = await open(); });
after(() => stage?.close());

for (const look of LOOKS) {
  for (const path of PAGES) {
    test(`${path}, ${look.name}`, async () => {
      const page = await stage.page({ as: look.lang === 'zh' ? 1 : 0, ...look });
      await page.goto(stage.at(path));
      await settled(page);
      await shot(page, `page${path === '/' ? '-today' : path.replace('/', '-')}-${look.name}`);
      assert.equal(await page.getByRole('alert').count(), 0, `${path} shows an error: ${await page.getByRole('alert').allInnerTexts()}`);
      await accessible(page);
      await fits(page);
      await stage.finish(page);
    });
  }
}
