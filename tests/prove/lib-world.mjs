// SPDX-License-Identifier: Apache-2.0
// The world of the checks that nothing leaks: four companies on one hub, with a person of each role, and what they hand to each other.
// arbor owns, birke is its partner, cedar is the other party of arbor's other papers, dorn is a stranger. All fictional.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Actor } from '../lib/client.mjs';
import { cliOk, freshDatabase, passwordFile, serve, sqlBehindItsBack } from '../lib/server.mjs';

export const COMPANIES = ['arbor', 'birke', 'cedar', 'dorn'];
export const ROLES = ['admin', 'manager', 'rep', 'viewer'];
export const START = '2026-11-23T09:00:00Z'; // a Monday morning

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
// The number behind an id, as the database stores it.
export function idNumber(id) {
  let n = 0n;
  for (const c of id.slice(id.lastIndexOf('_') + 1)) n = n * 32n + BigInt(DIGITS.indexOf(c));
  return n;
}
// An id of the same kind that names nothing.
export const missingLike = (prefix) => `${prefix}_0000000000001`;

export const capital = (word) => word[0].toUpperCase() + word.slice(1);
const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;

export class Hub {
  // engine; clock: true when the test owns the time; names: texts of companies and people, for worlds whose every text is marked
  static async open(engine, { clock = false, args = [], people = ROLES, companies = COMPANIES, names = {} } = {}) {
    const hub = new Hub();
    hub.database = freshDatabase(engine);
    hub.engine = engine;
    hub.actors = new Map();
    hub.ids = {};
    hub.args = args;
    if (clock) {
      hub.clockFile = join(hub.database.dir, 'clock');
      hub.setClock(START);
    }
    hub.first = companies[0];
    for (const company of companies) await hub.#company(company, people, names);
    await hub.start();
    for (const company of companies) {
      for (const role of people) {
        const a = new Actor(hub.server);
        const r = await a.login(`${role}@${company}.example`, hub.password(company, role));
        a.name = `${company}/${role}`;
        hub.ids[`${company}/${role}`] = r.json.user.id;
        hub.ids[company] = r.json.company.id;
        hub.actors.set(a.name, a);
      }
    }
    return hub;
  }

  password(company, role) { return `harbour ${company} ${role} lantern 4711`; }

  async #company(company, people, names) {
    const env = this.env();
    for (const role of people) {
      const file = passwordFile(this.database.dir, this.password(company, role));
      const name = names[`${company}/${role}`] ?? `${capital(role)} of ${capital(company)}`;
      const title = names[company] ?? `${capital(company)} Works`;
      await cliOk(company === this.first && role === people[0]
        ? ['init', '--db', this.database.url, '--company', title, '--admin', `${role}@${company}.example`, '--name', name,
          '--password-file', file]
        : ['user', 'add', '--db', this.database.url, '--company', title, '--email', `${role}@${company}.example`, '--name', name,
          '--role', role, '--password-file', file], { env });
    }
  }

  env() { return this.clockFile ? { ENTENTE_TEST_CLOCK: this.clockFile } : {}; }

  async start() {
    this.server = await serve(this.database, { args: this.args, env: this.env() });
    for (const a of this.actors.values()) a.server = this.server;
  }

  setClock(time) {
    this.clock = time;
    writeFileSync(this.clockFile, `${time}\n`);
  }

  as(company, role = 'manager') { return this.actors.get(`${company}/${role}`); }

  // A program of the company: a token of one of its people, with the scopes given.
  async program(company, role, scopes) {
    const a = new Actor(this.server);
    a.name = `${company}/${role}/${scopes.join('+')}`;
    a.bearer = (await must(this.as(company, role), 'POST', '/tokens', { name: 'Program', scopes })).token;
    this.actors.set(a.name, a);
    return a;
  }

  // One more session of somebody.
  async login(company, role) {
    const a = new Actor(this.server);
    await a.login(`${role}@${company}.example`, this.password(company, role));
    a.name = `${company}/${role}`;
    return a;
  }

  nobody() {
    const a = new Actor(this.server);
    a.name = 'nobody';
    return a;
  }

  sql(text) { return sqlBehindItsBack(this.database, text); }

  // Stops the server and says what was wrong with how it ended, or null.
  async close() {
    const wrong = await this.server.stop();
    this.database.drop();
    return wrong;
  }
}

// A request that has to succeed; resolves to its JSON.
export async function must(actor, method, path, body, headers = {}) {
  const r = await actor.request(method, path, { body: body === undefined ? undefined : JSON.stringify(body), headers });
  if (r.status >= 300) throw new Error(`${actor.name}: ${method} ${path}: ${r.status} ${r.text}`);
  return r.json;
}

export const money = (amount, currency = 'EUR') => ({ amount, currency });

export async function upload(actor, entity, filename, rows) {
  const r = await actor.request('POST', `/imports?entity=${entity}&filename=${encodeURIComponent(filename)}`,
    { body: rows.map((row) => row.map(cell).join(',')).join('\n') + '\n', headers: { 'Content-Type': 'text/csv' } });
  if (r.status !== 201) throw new Error(`${actor.name}: upload: ${r.status} ${r.text}`);
  return r.json;
}

// An active agreement between two companies; resolves to { id, version, hash }. t(field) gives each text.
export async function agree(hub, one, other, t, more = {}) {
  const a = hub.as(one);
  const b = hub.as(other);
  const { terms = {}, splits = [], draft = false } = more;
  const made = await must(a, 'POST', '/agreements', { other: hub.ids[other], title: t('title'),
    terms: { purpose: t('purpose'), labour: t('labour'), reward_rate: '1/10', response_minutes: 480, protection_days: 180, ...terms }, splits });
  if (draft) return { id: made.id };
  await must(a, 'POST', `/agreements/${made.id}/propose`, {});
  const { items } = await must(b, 'GET', `/agreements/${made.id}/versions`);
  await must(b, 'POST', `/agreements/${made.id}/accept`, { version: 1, hash: items[0].hash });
  return { id: made.id, version: 1, hash: items[0].hash };
}

// A lead of `one` about its account to `other`, under the agreement that covers `need`.
export async function handOver(hub, one, other, { account, contact, need, more = {}, consent = {} }) {
  return must(hub.as(one, 'rep'), 'POST', '/leads', { account, contact, need, receiver: hub.ids[other], ...more,
    consent: { given_by: 'A customer', given_at: '2026-11-20T09:00:00Z', channel: 'phone', recipient: hub.ids[other], purpose: 'An offer',
      data: 'name', ...consent } });
}
