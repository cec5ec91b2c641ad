// SPDX-License-Identifier: Apache-2.0
// The pages behind the lists (a deal's tabs, an account, a lead, an agreement, a statement, settings), on a desk in the dark and on a
// phone: content, axe, width, silence in the console.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessible, fits, open, settled, shot } from './harness.mjs';

let stage;
let ids;
before(async () => {
  stage = await open();
  const page = await stage.page({ as: 'jonas' });
  ids = await page.evaluate(async () => {
    const list = async (path) => (await (await fetch(`/api/v1${path}`)).json()).items;
    const deals = await list('/deals?limit=100');
    return {
      deal: deals.find((d) => d.stage === 'evaluate_options' && d.outcome === 'open').id,
      won: deals.find((d) => d.outcome === 'won').id,
      account: deals.find((d) => d.account).account,
      contact: (await list('/contacts?limit=1'))[0].id,
      lead: (await list('/leads?filter[direction]=given&limit=1'))[0].id,
      agreement: (await list('/agreements?limit=20')).find((a) => a.current_version > 1).id,
      statement: (await list('/statements?limit=1'))[0].id,
      partner: (await list('/partners'))[0].id,
    };
  });
  await stage.finish(page);
});
after(() => stage?.close());

const PAGES = [
  ['deal', (x) => `/deals/${x.deal}`], ['deal-evidence', (x) => `/deals/${x.deal}/evidence`], ['deal-plan', (x) => `/deals/${x.deal}/plan`],
  ['deal-activity', (x) => `/deals/${x.deal}/activity`], ['deal-money', (x) => `/deals/${x.won}/money`], ['deal-access', (x) => `/deals/${x.deal}/access`],
  ['deals-table', () => '/deals?view=table'], ['account', (x) => `/accounts/${x.account}`], ['person', (x) => `/people/${x.contact}`], ['lead', (x) => `/leads/${x.lead}`],
  ['partner', (x) => `/partners/${x.partner}`], ['agreement', (x) => `/agreements/${x.agreement}/compare`], ['agreement-new', () => '/agreements/new'],
  ['statement', (x) => `/money/${x.statement}`], ['calendar', () => '/settings/calendar'], ['record', () => '/settings/record'], ['missing', () => '/no/such/page'],
];

for (const look of [{ name: 'dark', dark: true, width: 1440 }, { name: 'phone', width: 360 }])
  test(`details, ${look.name}`, async (t) => {
    const page = await stage.page({ as: 'jonas', ...look });
    for (const [name, path] of PAGES)
      await t.test(name, async () => {
        await page.goto(stage.at(path(ids)));
        await settled(page);
        assert.equal(await page.getByRole('alert').count(), 0);
        await accessible(page);
        await fits(page);
        await shot(page, `detail-${name}-${look.name}`);
      });
    await stage.finish(page);
  });
