// SPDX-License-Identifier: Apache-2.0
// Two sellers on one hub and an agreement between them: Halden hands its customers over, Brandt accepts, sells and pays a tenth.
import { Actor } from './client.mjs';
import { cliOk, passwordFile } from './server.mjs';

const HALDEN = 'Halden Trading';
const BRANDT = 'Brandt Montage';
const PEOPLE = [['lena', HALDEN, 'rep'], ['paul', HALDEN, 'manager'], ['kai', BRANDT, 'manager'], ['bea', BRANDT, 'manager']];
const password = (name) => `harbour ${name} lantern 4711 quill`;

// Before the server starts: companies and people.
export async function foundPartners(database) {
  await cliOk(['init', '--db', database.url, '--company', HALDEN, '--admin', 'mara@partners.example', '--name', 'mara',
    '--password-file', passwordFile(database.dir, password('mara'))]);
  for (const [name, company, role] of PEOPLE) {
    await cliOk(['user', 'add', '--db', database.url, '--company', company, '--email', `${name}@partners.example`, '--name', name,
      '--role', role, '--password-file', passwordFile(database.dir, password(name))]);
  }
}

// Resolves to { lena, paul, kai, bea (actors), brandt (id), agreement: { id, hash } }.
export async function joinPartners(server) {
  const scene = {};
  for (const [name] of PEOPLE) {
    scene[name] = new Actor(server);
    await scene[name].login(`${name}@partners.example`, password(name));
  }
  const ask = async (actor, method, path, body) => {
    const r = await actor.request(method, path, { body: body && JSON.stringify(body) });
    if (r.status >= 300) throw new Error(`${method} ${path}: ${r.status} ${r.text}`);
    return r.json;
  };
  const companies = (await ask(scene.lena, 'GET', '/companies')).items;
  scene.brandt = companies.find((c) => c.name === BRANDT).id;
  const { id } = await ask(scene.paul, 'POST', '/agreements', { other: scene.brandt, title: 'Support', terms: { purpose: 'Support',
    labour: 'Brandt supports', scope_needs: 'IT support', reward_rate: '1/10', response_minutes: 240, protection_days: 90 } });
  await ask(scene.paul, 'POST', `/agreements/${id}/propose`, {});
  const [version] = (await ask(scene.kai, 'GET', `/agreements/${id}/versions`)).items;
  await ask(scene.kai, 'POST', `/agreements/${id}/accept`, { version: 1, hash: version.hash });
  scene.agreement = { id, hash: version.hash };
  return scene;
}

// The steps of one lead from a new account to the paid statement; each is [actor, path, body], told what came before: { name, account,
// lead, deal, statement }. `keep` says what of the answer is kept.
export const STORY = [
  { by: 'lena', path: () => '/accounts', body: (s, { name }) => ({ name }), keep: (t, r) => { t.account = r.id; } },
  { by: 'lena', path: () => '/leads', keep: (t, r) => { t.lead = r.id; },
    body: (s, t) => ({ account: t.account, need: 'IT support', receiver: s.brandt, consent: { given_by: 'A. Holm',
      given_at: new Date(Date.now() - 3_600_000).toISOString(), channel: 'meeting', recipient: s.brandt, purpose: 'Offer', data: 'name' } }) },
  { by: 'kai', path: (t) => `/leads/${t.lead}/accept`, keep: (t, r) => { t.deal = r.deal; },
    body: (s) => ({ agreement: s.agreement.id, version: 1, hash: s.agreement.hash }) },
  { by: 'kai', path: (t) => `/deals/${t.deal}/win`, body: () => ({ amount: { amount: '1000.05', currency: 'EUR' } }), keep: () => {} },
  { by: 'lena', path: (t) => `/deals/${t.deal}/settle`, body: () => ({}), keep: (t, r) => { t.statement = r.id; } },
  { by: 'kai', path: (t) => `/statements/${t.statement}/approve`, body: () => ({}), keep: () => {} },
  { by: 'bea', path: (t) => `/statements/${t.statement}/pay`, keep: () => {},
    body: () => ({ reference: 'R 1', paid_on: new Date().toISOString().slice(0, 10) }) },
];
