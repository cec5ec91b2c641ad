// SPDX-License-Identifier: Apache-2.0
// A story of tests/api told to a server whose database fails: before each request the nth call made for it is set to fail (src/db/fault.c),
// the request is sent, and sent again with the next n until it passes untouched. Each failed one must have changed nothing.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Scenario } from '../api/scenario.mjs';
import { cli, sqlBehindItsBack } from '../lib/server.mjs';
import { Tables } from '../lib/tables.mjs';

const AT = { fired: 16, after: 32, what: 40 };
const FILE_BYTES = 256;
const TICK_MS = 700; // a little more than the server's clocks take to look
const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

// Kept on purpose though the request failed: when a session was last used, failed logins, and that a record was read, which is noted
// before the answer leaves.
const OWN = new Set(['session', 'throttle', 'api_token']);
const READING = new Set(['access_read', 'audit_body', 'audit_entry']);

export class FaultScenario extends Scenario {
  // plan: { first, stride, deadline, harmless(what, statement) -> name, tally, plant }
  // plant: 'trace' leaves something behind a failed request, 'deaf' hides the failure; the story ends when that was noticed.
  constructor(file, shared, plan) {
    super(file, shared);
    this.plan = plan;
  }

  env() {
    this.faultFile = join(this.database.dir, 'faults');
    writeFileSync(this.faultFile, Buffer.alloc(FILE_BYTES));
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = openSync(this.faultFile, 'r+');
    return { ENTENTE_TEST_FAULTS: this.faultFile };
  }

  #arm(n) {
    const b = Buffer.alloc(FILE_BYTES);
    b.writeBigInt64LE(BigInt(n), 0);
    writeSync(this.fd, b, 0, FILE_BYTES, 0);
  }

  #fault() {
    const b = Buffer.alloc(FILE_BYTES);
    readSync(this.fd, b, 0, FILE_BYTES, 0);
    return { fired: b.readBigInt64LE(AT.fired) > 0n, stored: b.readBigInt64LE(AT.after) > 0n,
      what: b.toString('utf8', AT.what).replace(/\0[^]*$/, '') };
  }

  // What the clocks do by themselves is not the request's change.
  async _clock(s) {
    await super._clock(s);
    if (this.server) await new Promise((r) => setTimeout(r, TICK_MS));
  }

  #wrong(s, n, what, text) {
    if (this.plan.plant) throw new Error('planted, and noticed');
    this.plan.tally.wrong.push(`${s.file}:${s.line} on ${this.shared.engine}, call ${n} fails (${what.slice(0, 160)}): ${text}`);
  }

  // Tables that differ beyond what may; [] when the failure left no trace.
  async #traces() {
    const changed = (await this.tables.changed()).filter((t) => !OWN.has(t.name));
    const notes = changed.some((t) => t.name === 'access_read' && t.after > t.before);
    return changed.filter((t) => !(notes && READING.has(t.name)));
  }

  async #plant(actor, s, path, sent, answer) {
    if (this.plan.plant === 'deaf') return actor.request(s.method, path, sent);
    const table = this.shared.engine === 'sqlite' ? 'hub' : 'entente.hub';
    sqlBehindItsBack(this.database, `insert into ${table} (key, value) values ('planted', '1')`);
    return answer;
  }

  async send(actor, s, path, options) {
    if (s.within || this.background || Date.now() >= this.plan.deadline) {
      this.background &&= !s.within;
      return super.send(actor, s, path, options);
    }
    const { tally } = this.plan;
    this.tables ??= new Tables(this.database);
    const headers = { ...options.headers };
    if (s.method === 'POST' && !Object.keys(headers).some((h) => h.toLowerCase() === 'idempotency-key')) headers['Idempotency-Key'] = randomUUID();
    const sent = { ...options, headers };
    await this.tables.mark();
    for (let n = this.plan.first; ; n += this.plan.stride) {
      this.#arm(n);
      let answer = await actor.request(s.method, path, sent);
      const fault = this.#fault();
      this.#arm(0);
      if (fault.fired && this.plan.plant && !fault.stored) answer = await this.#plant(actor, s, path, sent, answer);
      tally.requests += 1;
      if (!fault.fired) {
        if (s.method === 'POST' && /\/imports\/[^/]+\/(run|undo)$/.test(path)) this.background = true; // goes on in another thread
        return answer;
      }
      tally.faults += 1;
      const end = await this.#judge(actor, s, path, sent, n, fault, answer);
      if (end) return end;
    }
  }

  // Null: the failure was honest, try the next call. Otherwise the answer the story goes on with.
  async #judge(actor, s, path, sent, n, { what, stored }, answer) {
    const { tally, harmless } = this.plan;
    if (answer.status < 500) {
      const name = stored ? 'the answer of a stored write is made again' : harmless(what, s);
      if (name && s.status.includes(answer.status)) {
        tally.harmless[name] = (tally.harmless[name] ?? 0) + 1;
        return answer;
      }
      this.#wrong(s, n, what, `${s.method} ${path} answers ${answer.status} ${answer.text.slice(0, 300)}`);
      return s.status.includes(answer.status) ? answer : null;
    }
    if (answer.type !== 'application/problem+json') this.#wrong(s, n, what, `${answer.status} is no problem document: ${answer.text.slice(0, 300)}`);
    const traces = await this.#traces();
    if (!traces.length) return null;
    tally.kept[`${s.method} ${path.replace(/_[0-9a-z]{13}/g, '_')}`] = what;
    this.#wrong(s, n, what, `${s.method} ${path} answers ${answer.status} and has changed ${traces.map((t) => t.name).join(', ')}`);
    return this.#goOn(actor, s, path, sent, answer);
  }

  // The request failed after its change was stored: repeating it must do no more, and the story goes on.
  async #goOn(actor, s, path, sent, failed) {
    const again = await actor.request(s.method, path, sent);
    if (s.status.includes(again.status) || !UNSAFE.has(s.method)) return again;
    if (s.method === 'PATCH' || s.method === 'PUT') {
      const now = await actor.request('GET', path);
      return { ...now, status: s.status[0] };
    }
    return s.method === 'DELETE' ? { ...failed, status: s.status[0], text: '', bytes: Buffer.alloc(0), json: undefined, type: '' } : again;
  }

  // SQL behind its back leaves a log that does not verify, which is the story's point.
  async _sql(s) {
    this.tampered = true;
    await super._sql(s);
  }

  async after() {
    this.tables?.close();
    if (this.fd !== undefined) closeSync(this.fd);
    if (this.tampered || !this.server) return null;
    const r = await cli(['audit', 'verify', '--db', this.database.url]);
    return r.code === 0 ? null : `audit verify: exit code ${r.code}\n${r.stdout}${r.stderr}`;
  }
}
