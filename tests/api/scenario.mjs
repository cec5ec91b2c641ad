// SPDX-License-Identifier: Apache-2.0
// Runs the statements of one scenario against a server of its own.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Actor } from '../lib/client.mjs';
import { cli, cliOk, demo, freshDatabase, passwordFile, root, serve, serveMany, sqlBehindItsBack } from '../lib/server.mjs';
import { Contract } from './contract.mjs';
import { check, find } from './path.mjs';
import { parse, words } from './parse.mjs';

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const START_CLOCK = '2026-11-23T09:00:00Z'; // a Monday morning

class Failed extends Error {}

export class Scenario {
  // shared: { engine, contract (filled by the first scenario), verbose }
  constructor(file, shared) {
    this.file = file;
    this.shared = shared;
    this.actors = new Map();
    this.streams = new Map();
    this.passed = 0;
  }

  // Resolves to null, or to what went wrong.
  async run() {
    this.database = freshDatabase(this.shared.engine);
    this.vars = new Map(Object.entries({ db: this.database.url, tmp: this.database.dir, root, engine: this.shared.engine }));
    try {
      await this.#statements(parse(readFileSync(this.file, 'utf8'), this.file));
      await this.#server(); // a file of preparation only is still a server that starts
      return null;
    } catch (e) {
      const log = this.server?.log().split('\n').slice(-15).join('\n') ?? '';
      return `${e instanceof Failed ? e.message : `${this.at ?? this.file}: ${e.stack}`}\n${log}`;
    } finally {
      this.problem = await this.#finish();
      this.database.drop();
    }
  }

  async #finish() {
    for (const s of this.streams.values()) s.close();
    return (this.server ? await this.server.stop() : null) ?? this.after();
  }

  // For checks that run the stories under other conditions: the server's environment, how one request is sent, what holds at the end.
  env() { return {}; }
  send(actor, s, path, options) { return actor.request(s.method, path, options); }
  after() { return null; }

  async #statements(list) {
    for (const s of list) {
      this.at = `${s.file}:${s.line}`;
      await this[`_${s.kind}`](s);
    }
  }

  async #server() {
    if (this.server) return this.server;
    const env = this.clock ? { ENTENTE_TEST_CLOCK: this.clockFile } : {};
    const options = { args: this.settings?.args, env: { ...env, ...this.settings?.env, ...this.env() } };
    const servers = this.shared.servers ?? 1;
    this.server = servers > 1 ? await serveMany(this.database, servers, options) : await serve(this.database, options);
    this.vars.set('url', this.server.url);
    this.shared.contract ??= (async () => {
      const r = await new Actor(this.server).request('GET', '/openapi.json');
      if (!r.json?.paths) throw new Error(`GET /openapi.json: ${r.status} ${r.text.slice(0, 300)}`);
      return new Contract(r.json);
    })();
    this.contract = await this.shared.contract;
    return this.server;
  }

  fill(text) {
    return text.replace(/\$\{([a-z_][\w.]*)\}/g, (_, name) => {
      if (!this.vars.has(name)) throw new Failed(`${this.at}: nothing is called ${name}`);
      const v = this.vars.get(name);
      return typeof v === 'string' ? v : JSON.stringify(v);
    });
  }

  async actor(name) {
    const server = await this.#server();
    let a = this.actors.get(name);
    if (!a) {
      a = new Actor(server);
      const known = this.logins?.get(name);
      if (known) await a.login(known.login, known.password);
      else if (name !== 'nobody') throw new Failed(`${this.at}: nobody is called ${name}`);
      this.actors.set(name, a);
    }
    a.server = server;
    return a;
  }

  #learn(name, login, password) {
    this.logins ??= new Map();
    this.logins.set(name, { login, password });
    this.vars.set(`login.${name}`, login);
    this.vars.set(`password.${name}`, password);
  }

  // include FILE: the statements of another file, in place
  async _include(s) {
    const file = join(dirname(s.file), s.rest);
    await this.#statements(parse(readFileSync(file, 'utf8'), file));
  }

  // hub demo: the demo alliance; each login is an actor named by what stands before the @
  async _hub(s) {
    const [kind, ...args] = words(s.rest);
    if (kind !== 'demo') throw new Failed(`${this.at}: hub demo`);
    for (const l of await demo(this.database, args)) this.#learn(l.login.split('@')[0].replace(/\W/g, '_'), l.login, l.password);
  }

  // company NAME "Company" EMAIL "Person": `entente init`; NAME becomes an actor, its administrator
  async _company(s) {
    const [name, company, email, person] = words(this.fill(s.rest));
    const password = `harbour ${name} lantern 4711 quill`;
    await cliOk(['init', '--db', this.database.url, '--company', company, '--admin', email, '--name', person,
      '--password-file', passwordFile(this.database.dir, password)]);
    this.#learn(name, email, password);
  }

  // user NAME "Company" EMAIL "Person" ROLE: `entente user add`
  async _user(s) {
    const [name, company, email, person, role] = words(this.fill(s.rest));
    const password = `harbour ${name} lantern 4711 quill`;
    await cliOk(['user', 'add', '--db', this.database.url, '--company', company, '--email', email, '--name', person, '--role', role,
      '--password-file', passwordFile(this.database.dir, password)]);
    this.#learn(name, email, password);
  }

  // actor NAME login LOGIN PASSWORD | token TOKEN | session OF (a second handle on the same cookies)
  async _actor(s) {
    const [name, how, a, b] = words(this.fill(s.rest));
    const actor = new Actor(await this.#server());
    if (how === 'login') await actor.login(a, b);
    else if (how === 'token') actor.bearer = a;
    else if (how === 'session') {
      const other = await this.actor(a);
      actor.cookies = new Map(other.cookies);
      actor.csrf = other.csrf;
    } else throw new Failed(`${this.at}: actor NAME login|token|session ...`);
    this.actors.set(name, actor);
  }

  async _set(s) {
    const m = /^([a-z_]\w*) = (.*)$/.exec(s.rest);
    if (!m) throw new Failed(`${this.at}: set NAME = VALUE`);
    this.vars.set(m[1], this.fill(m[2]));
  }

  // clock TIME | clock +2h30m: from the first of these on, the server's clock stands still between them
  async _clock(s) {
    const move = /^\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(s.rest);
    if (this.server && !this.clock) throw new Failed(`${this.at}: the first "clock" stands before the first request`);
    let now = new Date(this.clock ?? START_CLOCK);
    if (move) {
      const [d, h, m, sec] = move.slice(1).map((n) => Number(n ?? 0));
      now = new Date(now.getTime() + (((d * 24 + h) * 60 + m) * 60 + sec) * 1000);
    } else now = new Date(this.fill(s.rest));
    this.clock = now.toISOString().replace('.000Z', 'Z');
    this.clockFile ??= join(this.database.dir, 'clock');
    writeFileSync(this.clockFile, this.clock + '\n');
    if (this.server) await sleep(50); // the server looks at the file every few milliseconds
    this.vars.set('now', this.clock);
    this.vars.set('today', this.clock.slice(0, 10));
  }

  // setting NAME=VALUE | --flag: of the server, from its next start on
  async _setting(s) {
    const text = this.fill(s.rest), at = text.indexOf('=');
    this.settings ??= { args: [], env: {} };
    if (text.startsWith('--')) this.settings.args.push(text);
    else this.settings.env[text.slice(0, at)] = text.slice(at + 1);
  }

  // logged REGEX: a line of the server's log is so, within a second; unlogged TEXT: none holds it
  async _logged(s) {
    const line = new RegExp(this.fill(s.rest), 'm');
    for (let i = 0; !line.test(this.server.log()); i++) {
      if (i === 25) throw new Failed(`${this.at}: no line of the log matches ${line}`);
      await sleep(40);
    }
    this.passed += 1;
  }
  async _unlogged(s) {
    const text = this.fill(s.rest);
    const line = this.server.log().split('\n').find((l) => l.includes(text));
    if (line) throw new Failed(`${this.at}: in the log: ${line}`);
    this.passed += 1;
  }

  async _wait(s) { await sleep(Number(/^(\d+)ms$/.exec(s.rest)[1])); }

  async _sql(s) { sqlBehindItsBack(this.database, this.fill(s.rest)); }

  // restart [kill]: stops the server (or kills it) and starts it on the same data; sessions must survive
  async _restart(s) {
    const old = await this.#server();
    const wrong = s.rest === 'kill' ? await old.kill() : await old.stop();
    if (wrong) throw new Failed(`${this.at}: ${wrong}`);
    this.server = null;
    await this.#server();
  }

  // stream NAME ACTOR [after ID]
  async _stream(s) {
    const [name, who, , after] = words(this.fill(s.rest));
    const stream = await (await this.actor(who)).stream('/events', { lastEventId: after });
    if (stream.status !== 200 || stream.type !== 'text/event-stream') throw new Failed(`${this.at}: /events answers ${stream.status} ${stream.type}`);
    this.contract.exercised.add(`GET ${Object.keys(this.contract.document.paths).find((p) => p.endsWith('/events'))}`);
    this.streams.set(name, stream);
  }

  // event NAME TYPE: such an event arrives within a second, and passes the tests below it
  async _event(s) {
    const [name, type] = words(this.fill(s.rest));
    let why = 'none came';
    const event = await this.streams.get(name).next((e) => {
      if (e.event !== type) return false;
      why = s.checks.filter((c) => c.operator).map((c) => this.#check(c, { json: e.data, text: JSON.stringify(e.data), headers: {} })).find(Boolean) ?? null;
      return why === null;
    }, 1000);
    if (!event) throw new Failed(`${this.at}: event ${type} within 1 s: ${why}`);
    this.#captures(s, { json: event.data, text: JSON.stringify(event.data), headers: {} });
    this.vars.set('event_id', event.id);
    this.passed += 1;
  }

  // quiet NAME TYPE: no such event for 300 ms
  async _quiet(s) {
    const [name, type] = words(this.fill(s.rest));
    const event = await this.streams.get(name).next((e) => !type || e.event === type, 300);
    if (event) throw new Failed(`${this.at}: an event came: ${JSON.stringify(event)}`);
    this.passed += 1;
  }

  // close NAME: the client ends the stream; "close NAME by server": the server does within 5 s
  async _close(s) {
    const [name, by] = words(s.rest);
    const stream = this.streams.get(name);
    if (by === 'by') {
      const ended = await Promise.race([stream.ended, sleep(5000)]);
      if (!ended) throw new Failed(`${this.at}: the stream is still open`);
      this.passed += 1;
    } else stream.close();
  }

  #value(from, answer) {
    if (from.startsWith('$')) return find(answer.json, this.fill(from));
    if (from.startsWith('header ')) {
      const value = answer.headers[from.slice(7).toLowerCase()];
      return Array.isArray(value) ? value.join('\n') : value;
    }
    if (from === 'status') return answer.status;
    if (from === 'sha256') return createHash('sha256').update(answer.bytes ?? answer.text).digest('hex');
    if (from === 'stdout' || from === 'stderr') return answer[from];
    return answer.text;
  }

  #check(c, answer) {
    let wanted;
    if (c.wanted !== undefined) {
      const text = this.fill(c.wanted);
      try { wanted = JSON.parse(text); } catch { wanted = text; }
    }
    return check(c.from, this.#value(c.from, answer), c.operator, wanted);
  }

  #captures(s, answer) {
    for (const c of s.checks) {
      if (c.save) writeFileSync(this.fill(c.save), answer.bytes ?? answer.text);
      if (!c.capture) continue;
      const value = this.#value(c.from, answer);
      if (value === undefined) throw new Failed(`${s.file}:${c.line}: ${c.from} is not there: ${answer.text.slice(0, 1500)}`);
      this.vars.set(c.capture, value);
    }
  }

  // Tries once; the first thing that is wrong, or null.
  #judge(s, answer) {
    if (!s.status.includes(answer.status)) return `${s.file}:${s.line}: ${answer.status} instead of ${s.status.join(' or ')}`;
    for (const c of s.checks) {
      const wrong = c.operator && this.#check(c, answer);
      if (wrong) return `${s.file}:${c.line}: ${wrong}`;
    }
    return null;
  }

  async #until(s, once) {
    const until = Date.now() + s.within;
    for (;;) {
      const answer = await once();
      const wrong = this.#judge(s, answer);
      if (!wrong) {
        this.#captures(s, answer);
        this.passed += 1;
        return;
      }
      if (Date.now() >= until) throw new Failed(`${wrong}\n${answer.text.slice(0, 3000)}`);
      await sleep(40);
    }
  }

  async _request(s) {
    const actor = await this.actor(s.actor);
    const path = this.fill(s.path);
    const body = this.#body(s);
    await this.#until(s, async () => {
      const headers = Object.fromEntries(Object.entries(s.headers).map(([k, v]) => [k, this.fill(v)]));
      for (const [k, v] of Object.entries(headers)) if (k.toLowerCase() === 'if-match' && v === 'now') headers[k] = await actor.etag(path);
      const answer = await this.send(actor, s, path, { headers, body });
      let sent;
      try { sent = s.body?.json && JSON.parse(body); } catch { /* meant to be malformed */ }
      const wrong = this.contract.check(s.method, new URL(path.startsWith('^') ? path.slice(1) : actor.base + path, actor.server.url).pathname, sent, answer);
      if (wrong) throw new Failed(`${s.file}:${s.line}: ${wrong}\n${answer.text.slice(0, 3000)}`);
      return answer;
    });
  }

  #body(s) {
    if (!s.body) return undefined;
    if (s.body.file) return readFileSync(join(root, this.fill(s.body.file)));
    return this.fill(s.body.json ?? s.body.text);
  }

  // run COMMAND: the command line of the program, "=> EXIT CODE"
  async _run(s) {
    const args = words(this.fill(s.command));
    if (args[0] === 'entente') args.shift();
    await this.#until(s, async () => {
      const r = await cli(args, { input: this.#body(s), cwd: this.database.dir, env: this.clock ? { ENTENTE_TEST_CLOCK: this.clockFile } : {} });
      let json;
      try { json = JSON.parse(r.stdout); } catch { /* prints text */ }
      return { status: r.code, headers: {}, text: r.stdout + r.stderr, stdout: r.stdout, stderr: r.stderr, json };
    });
  }
}
