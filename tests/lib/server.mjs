// SPDX-License-Identifier: Apache-2.0
// Starts the program for a test: a fresh database on either engine, the command line, the server, and its end.
// The program is the one named by the variable ENTENTE, otherwise build/entente.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
// Signing keys of hubs on PostgreSQL go to the user's data folder: not into the one of whoever runs the tests.
process.env.XDG_DATA_HOME = join(tmpdir(), `entente-test-keys-${process.pid}`);
process.on('exit', () => rmSync(process.env.XDG_DATA_HOME, { recursive: true, force: true }));

export const program = resolve(root, process.env.ENTENTE ?? 'build/entente');

let serial = 0;

// A database of its own: { url, dir, engine, drop() }. dir is a scratch folder that goes with it.
export function freshDatabase(engine) {
  const dir = mkdtempSync(join(tmpdir(), 'entente-test-'));
  if (engine === 'sqlite') {
    return { engine, dir, url: join(dir, 'entente.db'), drop: () => rmSync(dir, { recursive: true, force: true }) };
  }
  const name = `test_${process.pid}_${++serial}`;
  const pg = (...args) => execFileSync(join(root, 'scripts/pg.sh'), args, { encoding: 'utf8' }).trim();
  return {
    engine,
    dir,
    url: pg('fresh', name),
    drop: () => {
      pg('drop', name);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

// Runs one command of the program to its end. Resolves always: { code, stdout, stderr }.
export function cli(args, { input, env, cwd } = {}) {
  return new Promise((done) => {
    const options = { encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, ...env }, cwd, timeout: 300_000 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      done({ code: error ? (error.code ?? 128) : 0, stdout, stderr });
    });
    child.stdin.on('error', () => {}); // a command that reads nothing closes its end
    child.stdin.end(input ?? '');
  });
}

export async function cliOk(args, options) {
  const r = await cli(args, options);
  if (r.code !== 0) throw new Error(`entente ${args.join(' ')}: exit code ${r.code}\n${r.stderr}${r.stdout}`);
  return r.stdout;
}

// A statement of SQL behind the program's back, for tests that tamper with the data.
export function sqlBehindItsBack(database, text) {
  const [command, args] = database.engine === 'sqlite' ? ['sqlite3', ['-bail', database.url, text]]
    : ['psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-c', text, database.url]];
  return execFileSync(command, args, { encoding: 'utf8' });
}

export function passwordFile(dir, password) {
  const file = join(dir, `password-${++serial}`);
  writeFileSync(file, password + '\n', { mode: 0o600 });
  return file;
}

// The demo alliance: resolves to its people, [{ login, password, name, company, role, lang }], one login per company first.
export async function demo(database, args = []) {
  const out = JSON.parse(await cliOk(['demo', '--db', database.url, '--json', ...args]));
  const first = out.logins.map((l) => l.login);
  return [...out.logins, ...out.people.filter((p) => !first.includes(p.login))];
}

function probe(url) {
  return new Promise((done) => {
    http.get(url, (res) => { res.resume(); done(res.statusCode); }).on('error', () => done(0));
  });
}

// Serves the database on a free port of the loopback. Resolves when it is ready: { url, port, readyMs, log(), stop(), kill() }.
// logFile: the log goes there, whole, and costs this process nothing.
export async function serve(database, { args = [], env = {}, logFile } = {}) {
  const began = performance.now();
  const child = spawn(program, ['serve', '--db', database.url, '--listen', '127.0.0.1:0', ...args],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', logFile ? openSync(logFile, 'a') : 'pipe'] });
  let log = '';
  let ended = null;
  const exited = new Promise((done) => child.on('exit', (code, signal) => { ended = { code, signal }; done(ended); }));
  child.on('error', (e) => { log += String(e); ended = { code: 127 }; });
  const add = (chunk) => { log = (log + chunk).slice(-400_000); };
  child.stdout.on('data', add);
  child.stderr?.on('data', add);
  const until = Date.now() + 30_000;
  let url = null;
  for (;;) {
    url ??= /https?:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? null;
    if (url && (await probe(`${url}/readyz`)) === 200) break;
    if (ended || Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`the server did not become ready\n${log.slice(-4000)}`);
    }
    await new Promise((r) => setTimeout(r, 10));
  }
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    readyMs: performance.now() - began,
    log: () => log,
    kill: async () => { child.kill('SIGKILL'); await exited; },
    // Asks it to stop and says what was wrong with how it did, or null. A leak found by the sanitizer is an exit code.
    stop: async () => {
      if (ended) return `the server was gone: ${JSON.stringify(ended)}\n${log.slice(-4000)}`;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exited;
      clearTimeout(late);
      return ended.code === 0 ? null : `the server ended with ${JSON.stringify(ended)}\n${log.slice(-6000)}`;
    },
  };
}

// Several servers on one database (PostgreSQL), asked in turns: to a client they look like one. Sessions, throttles, kept keys and events must
// not depend on which of them a request meets.
export async function serveMany(database, n, options) {
  const all = [];
  for (let i = 0; i < n; i++) all.push(await serve(database, options));
  let next = 0;
  const each = async (what) => (await Promise.all(all.map((s) => s[what]()))).find(Boolean) ?? null;
  return {
    ...all[0],
    turn: () => all[next++ % n].url,
    log: () => all.map((s) => s.log()).join(''),
    stop: () => each('stop'),
    kill: () => each('kill'),
  };
}
