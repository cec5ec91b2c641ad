// SPDX-License-Identifier: Apache-2.0
// Requests made from the OpenAPI document, most of them spoiled in one place or two, sent by several persons of the demo at once to a
// sanitized server, on SQLite and on PostgreSQL in turns. A unit is a hundred requests from one seed; which ids they name also depends on
// what was answered before, so a failure prints the whole request.
import { Actor } from '../lib/client.mjs';
import { cli, demo, freshDatabase, serve } from '../lib/server.mjs';
import { Contract } from '../api/contract.mjs';
import { Chance, Requests } from './openapi-requests.mjs';

const UNIT = 100;
const PERSONS = 6;

// The library below answers by itself, and not in JSON, what does not fit its memory: requests far past the limit of headers.
const tooLarge = (request, answer) => [414, 431].includes(answer.status) && request.path.length + request.query.length > 8192;

// As the document means it: blanks around a text do not count, and an empty text is none (docs/api-guide.md, Values).
function plain(value) {
  if (typeof value === 'string') return /^[\s\u00ad\u200b-\u200f\u2060\ufeff]*$/.test(value) ? null : value.trim();
  if (Array.isArray(value)) return value.map(plain);
  return value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) : value;
}

// What is wrong with an exchange: a sentence, or null.
function judge(contract, request, answer) {
  if (answer.status >= 500 && !(answer.status === 503 && answer.headers['retry-after'] && answer.json?.code === 'busy')) return `status ${answer.status}`;
  if (answer.status >= 300 && answer.status < 400 && answer.status !== 304) return `status ${answer.status}`;
  if (answer.status === 503) return null; // the queue of passwords is full: said so, with Retry-After
  if (tooLarge(request, answer)) return null;
  return contract.check(request.method, `/api/v1${request.path}`, request.json === undefined ? undefined : plain(request.json), answer);
}

// The same judge over answers spoiled on purpose: it must object to each.
function plant(ctx, contract, request, answer) {
  if (answer.status !== 200 || !answer.json || request.method !== 'GET') return 0;
  const spoiled = [['status 500', { ...answer, status: 500 }], ['a type that is not documented', { ...answer, type: 'text/html' }],
    ['another kind of value', { ...answer, json: [answer.json] }], ['a document of another kind', { ...answer, json: { surprise: 1 } }]];
  let seen = 0;
  for (const [, bad] of spoiled) seen += judge(contract, request, bad) !== null;
  return seen;
}

class World {
  static async open(ctx, engine, lanes) {
    const w = Object.assign(new World(), { ctx, engine, database: freshDatabase(engine) });
    w.people = (await demo(w.database)).slice(0, PERSONS);
    w.server = await serve(w.database, { args: ['--workers', '6'] });
    w.actors = [];
    for (let i = 0; i < lanes; i++) {
      const actor = new Actor(w.server);
      actor.person = w.people[i % w.people.length];
      await actor.login(actor.person.login, actor.person.password);
      w.actors.push(actor);
    }
    const document = (await w.actors[0].request('GET', '/openapi.json')).json;
    w.contract = new Contract(document);
    w.requests = new Requests(document);
    w.found = 0;
    for (const actor of w.actors) // what there is to name
      for (const path of ['/accounts', '/deals', '/leads', '/agreements', '/products', '/statements', '/imports', '/companies', '/users', '/contacts', '/today', '/audit/entries'])
        w.requests.learn(path, await actor.request('GET', path));
    return w;
  }

  async one(lane, chance, unit) {
    const { ctx } = this;
    const actor = this.actors[lane];
    const r = this.requests.next(chance);
    if (r.path.startsWith('/session') && r.method !== 'GET' && !chance.in(5)) return; // signing out is cheap to send and dear to undo
    const target = `${r.path}${r.query ? `?${r.query}` : ''}`;
    let answer;
    try {
      answer = await actor.request(r.method, target, { headers: r.headers, body: r.body });
    } catch (e) {
      ctx.ok(false, `${this.engine}, unit ${unit}, ${actor.person.login}: ${r.method} ${target}: ${e.message}`);
      return;
    }
    const wrong = judge(this.contract, r, answer);
    if (wrong) {
      const body = Buffer.isBuffer(r.body) ? r.body.toString('base64') : r.body?.slice(0, 1500);
      ctx.ok(false, `${this.engine}, unit ${unit}, ${actor.person.login}: ${r.method} ${target.slice(0, 700)} ${JSON.stringify(r.headers)} ${body ?? ''}\n    ${wrong}\n    ${answer.status} ${answer.text.slice(0, 600)}`);
    }
    ctx.sum(`answers ${String(answer.status)[0]}xx`, 1);
    this.requests.learn(r.path, answer);
    if (this.found < 4) this.found = Math.max(this.found, plant(ctx, this.contract, r, answer));
    if (answer.status === 401 || r.path.startsWith('/session')) await this.again(actor);
  }

  // Signed out by one of the requests, its own or one that ended all sessions.
  async again(actor) {
    if ((await actor.request('GET', '/session')).status === 200) return;
    actor.cookies.clear();
    actor.csrf = null;
    const r = await actor.request('POST', '/session', { body: JSON.stringify({ login: actor.person.login, password: actor.person.password }) });
    if (r.status === 200) return;
    // The person was disabled, or waits after failed logins: another one takes the lane.
    actor.person = this.people[(this.people.indexOf(actor.person) + 1) % this.people.length];
  }

  async close() {
    const { ctx } = this;
    ctx.ok(this.found === 4, `${this.engine}: of four spoiled answers the judge objected to ${this.found}`);
    const wrong = await this.server.stop();
    ctx.ok(!wrong, `${this.engine}: ${wrong}`);
    const verify = await cli(['audit', 'verify', '--db', this.database.url]);
    ctx.ok(verify.code === 0, `${this.engine}: the log does not verify: ${verify.stdout.slice(-2000)}${verify.stderr.slice(-2000)}`);
    const operations = this.requests.operations.length;
    const reached = this.requests.operations.filter((o) => this.contract.exercised.has(`${o.method} ${o.path}`)).length;
    ctx.figure(`${this.engine}: operations that succeeded`, `${reached} of ${operations}`);
    this.database.drop();
  }
}

export default {
  name: 'openapi',
  promise: 'no request, however malformed, makes the server fail (5xx) or answer other than its OpenAPI document says; afterwards the log verifies and nothing leaked',
  planted: 'in every run real answers are spoiled in four ways (status, type, shape, members) and the judge must object to all four',
  quick: 100,
  weight: 4,
  async run(ctx) {
    const lanes = 4;
    const worlds = [await World.open(ctx, 'sqlite', lanes), await World.open(ctx, 'postgres', lanes)];
    const began = Date.now();
    let sent = 0;
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit += worlds.length) {
      await Promise.all(worlds.flatMap((w, k) => {
        if (unit + k >= ctx.from + ctx.units) return [];
        const chance = new Chance(ctx.seed(unit + k));
        const parts = w.actors.map(() => new Chance(chance.next()));
        return w.actors.map(async (_, lane) => {
          for (let i = lane; i < UNIT; i += lanes) await w.one(lane, parts[lane], unit + k);
        });
      }));
      const n = Math.min(worlds.length, ctx.from + ctx.units - unit);
      sent += n * UNIT;
      ctx.ok(true, '');
      ctx.done(n);
    }
    ctx.sum('requests', sent);
    for (const w of worlds) await w.close();
    ctx.figure('requests a second', Math.round(sent / ((Date.now() - began) / 1000)));
  },
};
