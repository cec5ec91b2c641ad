// SPDX-License-Identifier: Apache-2.0
// The optimised server under load. A unit is one trial: 64 and 512 clients that read and write, on SQLite and PostgreSQL; 2,000 connections
// that drip headers, drip bodies or do not read; a storm of wrong passwords; 2,000 listeners. Every trial counts what good clients were
// answered and measures anonymous memory over the requests served; times are printed beside those of the quiet server.
import { join } from 'node:path';
import net from 'node:net';
import { Actor } from '../lib/client.mjs';
import { cli, demo, freshDatabase, serve } from '../lib/server.mjs';
import { Chance } from './openapi-requests.mjs';
import { Connection, anonymous, quantile, request, slope, verdict } from './load-client.mjs';

const SLOW = 2000;
const LISTENERS = 2000;
const LOGINS = 200; // a second
const WARM = 0.4; // of a trial: caches and pools fill
const GROWTH = 100; // bytes a request that memory may grow by once warm
const SLACK = 16 << 20; // and in all: within the seconds of a short run the page caches of the connections still fill

const servers = new Set(); // whatever ends a trial, none of them stays behind

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

class Load {
  static async open(ctx, engine, args = []) {
    const l = Object.assign(new Load(), { ctx, engine, database: freshDatabase(engine) });
    const people = (await demo(l.database)).slice(0, 6);
    const plain = await serve(l.database, { logFile: join(ctx.dir, 'setup.log') });
    servers.add(plain);
    l.lanes = [];
    for (const person of people) {
      const actor = new Actor(plain);
      await actor.login(person.login, person.password);
      const token = await actor.request('POST', '/tokens', { body: JSON.stringify({ name: 'load', scopes: person.role === 'viewer' ? ['read'] : ['read', 'write'] }) });
      if (token.status !== 201) throw new Error(`token of ${person.login}: ${token.status} ${token.text}`);
      const ids = async (path) => (await actor.request('GET', path)).json.items.map((i) => i.id);
      l.lanes.push({ token: token.json.token, writes: person.role !== 'viewer', deals: await ids('/deals?limit=20'), own: await ids('/deals?limit=20&filter[direction]=given'), accounts: await ids('/accounts?limit=20') });
    }
    await plain.stop();
    l.server = await serve(l.database, { args, logFile: join(ctx.dir, 'server.log') });
    servers.add(l.server);
    l.counts = { ok: 0, later: 0, error: 0 };
    return l;
  }

  note(answer, what) {
    const v = verdict(answer);
    this.counts[v] += 1;
    if (v === 'error' && this.counts.error <= 5) this.ctx.log(`${this.engine}: ${answer.status} ${what.split('\r\n')[0]} ${answer.body.toString().slice(0, 300)}`);
    return v;
  }

  // One of the things people do, a fifth of them writes.
  make(chance, lane, writes = 20) {
    const l = this.lanes[lane % this.lanes.length];
    const n = chance.below(100);
    if (n < writes && l.writes && l.own.length) {
      const deal = chance.one(l.own);
      if (n % 4 === 0) return request('POST', '/accounts', l.token, { body: JSON.stringify({ name: `Load ${chance.next()}`, city: 'Kiel' }) });
      if (n % 4 === 1) return request('PATCH', `/deals/${deal}`, l.token, { headers: 'If-Match: *\r\n', body: JSON.stringify({ next_step: `call ${chance.next()}` }) });
      return request('POST', `/deals/${deal}/comments`, l.token, { body: JSON.stringify({ text: `seen ${chance.next()}` }) });
    }
    switch (n % 6) {
      case 0: return request('GET', '/deals?limit=50', l.token);
      case 1: return request('GET', `/deals/${chance.one(l.deals)}`, l.token);
      case 2: return request('GET', '/accounts?limit=50&sort=name', l.token);
      case 3: return request('GET', '/search?q=ma', l.token);
      case 4: return request('GET', `/accounts/${chance.one(l.accounts.length ? l.accounts : ['account_0000000000001'])}`, l.token);
      default: return request('GET', `/deals/${chance.one(l.deals)}/comments?limit=20`, l.token);
    }
  }

  // `clients` at work until `end`.
  async work(clients, end, seed, writes) {
    await Promise.all(Array.from({ length: clients }, async (_, i) => {
      const chance = new Chance(seed + i);
      const c = new Connection(this.server.port);
      while (performance.now() < end) {
        const text = this.make(chance, i, writes);
        const v = this.note(await c.ask(text), text);
        if (v === 'later') await sleep(200);
        else if (v === 'error') await sleep(50);
      }
      c.close();
    }));
  }

  // One reader beside everything else: milliseconds of its answers, every 10 ms one.
  async probe(end) {
    const c = new Connection(this.server.port);
    const ms = [];
    for (let n = 0; performance.now() < end; n++) {
      const text = request('GET', '/deals?limit=50', this.lanes[0].token);
      const answer = await c.ask(text);
      this.note(answer, text);
      ms.push(answer.ms);
      await sleep(10);
    }
    c.close();
    return ms;
  }

  // Memory over requests, four times a second.
  async watch(end) {
    const points = [];
    for (; performance.now() < end; await sleep(250)) points.push([this.counts.ok, anonymous(this.server.pid)]);
    return points;
  }

  async quiet(ms = 1500) {
    const times = await this.probe(performance.now() + ms);
    return quantile(times, 0.99);
  }

  async close(name) {
    const { ctx } = this;
    ctx.ok(this.counts.error === 0, `${name}: ${this.counts.error} of ${this.counts.ok + this.counts.error} requests went wrong`);
    ctx.sum('requests answered', this.counts.ok);
    ctx.sum('told to come back (503, 429)', this.counts.later);
    const wrong = await this.server.stop();
    ctx.ok(!wrong, `${name}: ${wrong}`);
    const verify = await cli(['audit', 'verify', '--db', this.database.url]);
    ctx.ok(verify.code === 0, `${name}: the log does not verify: ${verify.stdout.slice(-1000)}${verify.stderr.slice(-1000)}`);
    this.database.drop();
  }
}

// Growth once warm, in bytes a request and in all.
function growth(points) {
  const warm = points.slice(Math.floor(points.length * WARM));
  return { each: slope(warm), whole: slope(warm) * (warm.at(-1)[0] - warm[0][0]) };
}
const grows = (g) => g.each > GROWTH && g.whole > SLACK;

async function mixed(ctx, name, engine, clients, seconds, seed) {
  const l = await Load.open(ctx, engine);
  const before = await l.quiet();
  const began = performance.now();
  const end = began + seconds * 1000;
  const [, times, points] = await Promise.all([l.work(clients, end, seed), l.probe(end), l.watch(end)]);
  const g = growth(points);
  ctx.ok(!grows(g), `${name}: memory grows by ${g.each.toFixed(0)} bytes a request, ${(g.whole / 2 ** 20).toFixed(1)} MB in all`);
  ctx.ok(l.counts.ok > clients, `${name}: only ${l.counts.ok} answers`);
  ctx.figure(`${name}: requests a second`, Math.round(l.counts.ok / ((performance.now() - began) / 1000)));
  ctx.figure(`${name}: a reader's p99, quiet and under load`, `${before.toFixed(1)}, ${quantile(times, 0.99).toFixed(1)}`, 'ms');
  ctx.figure(`${name}: memory at the end; growth a request`, `${(points.at(-1)[1] / 2 ** 20).toFixed(1)} MB; ${g.each.toFixed(0)}`, 'bytes');
  await l.close(name);
}

// A connection that is a burden: it drips a header, drips a body, or asks much and reads nothing.
function burden(l, kind) {
  const socket = net.connect(l.server.port, '127.0.0.1');
  const token = l.lanes[0].token;
  const state = { socket, closed: false, kind };
  socket.on('error', () => {});
  socket.on('close', () => { state.closed = true; });
  if (kind === 0) socket.write('GET /api/v1/deals HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  if (kind === 1) socket.write(`POST /api/v1/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{`);
  if (kind === 2) {
    socket.pause();
    socket.write(request('GET', '/openapi.json', token).repeat(30));
  } else socket.resume();
  state.drip = () => { if (!state.closed && kind < 2) socket.write(kind ? ' ' : 'a'); };
  return state;
}

async function slow(ctx, name, engine, seconds, seed) {
  const l = await Load.open(ctx, engine);
  const alone = performance.now() + 3000;
  const [, quiet] = await Promise.all([l.work(8, alone, seed), l.probe(alone)]);
  const all = Array.from({ length: SLOW }, (_, i) => burden(l, i % 10 < 5 ? 0 : i % 10 < 9 ? 1 : 2));
  await sleep(2000); // until what the slow readers do not read has filled their buffers
  const drip = setInterval(() => { for (const b of all) b.drip(); }, 1000);
  const end = performance.now() + Math.max(seconds, 12) * 1000;
  const [, times] = await Promise.all([l.work(8, end, seed + 1), l.probe(end)]);
  clearInterval(drip);
  const cut = all.filter((b) => b.kind === 0 && b.closed).length;
  const headers = all.filter((b) => b.kind === 0).length;
  ctx.ok(cut === headers, `${name}: of ${headers} connections that drip headers ${cut} were cut off`);
  for (const b of all) b.socket.destroy();
  ctx.figure(`${name}: a reader's p99 beside 8 clients, without and with ${SLOW} slow connections`, `${quantile(quiet, 0.99).toFixed(1)}, ${quantile(times, 0.99).toFixed(1)}`, 'ms');
  await l.close(name);
}

// Wrong passwords of ever other logins from ever other addresses, so that hashing, not the throttle, is what they meet.
async function storm(ctx, name, engine, seconds, seed) {
  const l = await Load.open(ctx, engine, ['--behind-proxy']);
  const alone = performance.now() + 2000;
  const [, quiet] = await Promise.all([l.work(4, alone, seed), l.probe(alone)]);
  const end = performance.now() + seconds * 1000;
  const seen = {};
  const idle = [];
  let n = 0;
  const began = performance.now();
  const attempt = async () => {
    const c = idle.pop() ?? new Connection(l.server.port);
    const k = n++;
    const body = JSON.stringify({ login: `u${seed}-${k}@storm.example`, password: 'wrong horse battery staple' });
    const a = await c.ask(request('POST', '/session', null, { body, headers: `X-Forwarded-For: 10.${(k >> 16) & 255}.${(k >> 8) & 255}.${k & 255}\r\nX-Forwarded-Proto: https\r\n` }));
    idle.push(c);
    const fine = a.status === 401 || verdict(a) === 'later';
    seen[a.status] = (seen[a.status] ?? 0) + 1;
    if (!fine) ctx.ok(false, `${name}: a wrong password is answered ${a.status} ${a.body.toString().slice(0, 200)}`);
  };
  const open = [];
  const tick = setInterval(() => {
    if (performance.now() > end) return;
    while (n < ((performance.now() - began) / 1000) * LOGINS) open.push(attempt());
  }, 5);
  const [, times] = await Promise.all([l.work(4, end, seed + 1), l.probe(end)]);
  clearInterval(tick);
  await Promise.all(open);
  for (const c of idle) c.close();
  ctx.ok(n >= LOGINS * seconds * 0.9, `${name}: only ${n} logins could be sent`);
  ctx.ok((seen[401] ?? 0) > 0 && (seen[200] ?? 0) === 0, `${name}: ${JSON.stringify(seen)}`);
  ctx.figure(`${name}: answers to ${n} logins`, Object.entries(seen).map(([k, v]) => `${k}: ${v}`).join(', '));
  ctx.figure(`${name}: a reader's p99 beside 4 clients, without and with ${LOGINS} logins a second`, `${quantile(quiet, 0.99).toFixed(1)}, ${quantile(times, 0.99).toFixed(1)}`, 'ms');
  await l.close(name);
}

// Everyone hears of a change. Opening them is also what the measure of memory must see: each holds some kilobytes.
async function listeners(ctx, name, engine, seconds, seed) {
  const l = await Load.open(ctx, engine);
  const heard = new Array(LISTENERS).fill(false);
  let marker = null;
  const points = [];
  const sockets = [];
  const lane = l.lanes[0];
  for (let i = 0; i < LISTENERS; i++) {
    const socket = net.connect(l.server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('data', (d) => { if (marker && d.includes(marker)) heard[i] = true; });
    socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${lane.token}\r\n\r\n`);
    sockets.push(socket);
    if (i % 50 === 49) {
      await sleep(20);
      points.push([i, anonymous(l.server.pid)]);
    }
  }
  const g = growth(points);
  ctx.ok(g.each > GROWTH && g.whole > SLACK, `${name}: the measure of memory is blind: ${g.each.toFixed(0)} bytes a listener, ${(g.whole / 2 ** 20).toFixed(1)} MB`);
  ctx.figure(`${name}: memory of one`, (slope(points) / 1024).toFixed(1), 'kB');
  const c = new Connection(l.server.port);
  await sleep(500);
  const waits = [];
  for (let round = 0; round < 3; round++) {
    heard.fill(false);
    const text = request('POST', `/deals/${lane.own[0]}/comments`, lane.token, { body: JSON.stringify({ text: `news ${seed} ${round}` }) });
    marker = 'event: comment.create';
    const answer = await c.ask(text);
    const began = performance.now();
    l.note(answer, text);
    while (heard.includes(false) && performance.now() - began < 20_000) await sleep(5);
    waits.push(performance.now() - began);
    const deaf = heard.filter((h) => !h).length;
    ctx.ok(deaf === 0, `${name}: ${deaf} of ${LISTENERS} did not hear of a comment`);
  }
  const end = performance.now() + Math.min(seconds, 30) * 1000 / 3;
  const [, times] = await Promise.all([l.work(4, end, seed), l.probe(end)]);
  ctx.figure(`${name}: until all ${LISTENERS} heard of a change`, waits.map((w) => w.toFixed(0)).join(', '), 'ms');
  ctx.figure(`${name}: a reader's p99 beside them, 4 clients writing`, quantile(times, 0.99).toFixed(1), 'ms');
  for (const s of sockets) s.destroy();
  c.close();
  await l.close(name);
}

// A server that is killed must be noticed: the counts of the trials above can be trusted.
async function plant(ctx) {
  const l = await Load.open(ctx, 'sqlite');
  const end = performance.now() + 1500;
  setTimeout(() => l.server.kill(), 500);
  l.ctx = { ...ctx, log: () => {} };
  await l.work(4, end, 1);
  ctx.ok(l.counts.ok > 0 && l.counts.error > 0, `a killed server went unnoticed: ${JSON.stringify(l.counts)}`);
  l.database.drop();
}

const TRIALS = [
  ['64 clients, SQLite', (ctx, name, s, seed) => mixed(ctx, name, 'sqlite', 64, s, seed)],
  ['512 clients, SQLite', (ctx, name, s, seed) => mixed(ctx, name, 'sqlite', 512, s, seed)],
  ['64 clients, PostgreSQL', (ctx, name, s, seed) => mixed(ctx, name, 'postgres', 64, s, seed)],
  ['512 clients, PostgreSQL', (ctx, name, s, seed) => mixed(ctx, name, 'postgres', 512, s, seed)],
  ['slow connections', (ctx, name, s, seed) => slow(ctx, name, 'sqlite', Math.min(s, 60), seed)],
  ['wrong passwords', (ctx, name, s, seed) => storm(ctx, name, 'sqlite', Math.min(s, 60), seed)],
  ['listeners', (ctx, name, s, seed) => listeners(ctx, name, 'sqlite', s, seed)],
];

export default {
  name: 'load',
  promise: 'under 64 and 512 clients, 2,000 slow connections, 2,000 listeners and a storm of logins no good request fails and memory does not grow with the requests',
  planted: 'in every run a killed server must be counted as errors, and the memory of 2,000 listeners must be seen by the measure of growth',
  quick: TRIALS.length,
  program: 'fast',
  weight: 5,
  async run(ctx) {
    try {
      await this.trials(ctx);
    } finally {
      await Promise.all([...servers].map((s) => s.kill()));
    }
  },
  async trials(ctx) {
    await plant(ctx);
    for (let unit = ctx.from; unit < ctx.from + ctx.units && Date.now() < ctx.deadline; unit++) {
      const [name, trial] = TRIALS[unit % TRIALS.length];
      // Ten minutes each, where there is time.
      const seconds = ctx.units === Infinity ? Math.max(8, Math.min(600, (ctx.deadline - Date.now()) / 2000)) : 8;
      await trial(ctx, name, seconds, ctx.seed(unit));
      ctx.done();
    }
  },
};
